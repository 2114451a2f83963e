'use strict';

// Handles that are not ours: core's, and ones written in JS.

const assert = require('node:assert');
const { once } = require('node:events');
const core = require('node:net');
const test = require('node:test');
const util = require('node:util');
const net = require('../../index.js');
const { ask, dismiss, startAgent } = require('../helpers/agent.js');
const { connectedPair } = require('../helpers/pair.js');
const { runSource } = require('../helpers/fork.js');
const { socketPath } = require('../helpers/tmp.js');

async function textFrom(target) {
  let text = '';
  for await (const chunk of net.connect(target)) text += chunk;
  return text;
}

/** A server of ours that answers one connection. */
function answering(t) {
  const server = net.createServer((socket) => {
    assert.strictEqual(Object.getPrototypeOf(socket), net.Socket.prototype);
    socket.end('ours');
  });
  t.after(() => server.close());
  return server;
}

const forms = {
  handle: (handle) => handle,
  '{ handle }': (handle) => ({ handle }),
  '{ _handle }': (handle) => ({ _handle: handle }),
};

for (const [name, wrap] of Object.entries(forms)) {
  test(`listen(${name}) of a bound TCP handle of core's`, async (t) => {
    const handle = core._createServerHandle('127.0.0.1', 0, 4);
    const name = {};
    handle.getsockname(name);
    const server = answering(t).listen(wrap(handle));
    await once(server, 'listening');
    assert.strictEqual(server.address().port, name.port);
    assert.strictEqual(await textFrom({ port: name.port, host: '127.0.0.1' }), 'ours');
    server.close();
    await once(server, 'close');
    assert.ok(handle.fd < 0, "core's handle is closed with the server");
  });
}

test("listen() of a bound Unix handle of core's", async (t) => {
  const path = socketPath(t);
  const server = answering(t).listen(core._createServerHandle(path, -1, -1));
  await once(server, 'listening');
  assert.strictEqual(await textFrom({ path }), 'ours');
});

test("listen() of a server of core's takes all its connections", async (t) => {
  const other = core.createServer(() => assert.fail("core's server must not accept")).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address();
  const server = answering(t).listen(other);
  await once(server, 'listening');
  for (let i = 0; i < 5; i++) assert.strictEqual(await textFrom({ port, host: '127.0.0.1' }), 'ours');
});

test('_createServerHandle() answers a handle or a negative errno', async (t) => {
  const handle = net._createServerHandle('127.0.0.1', 0, 4);
  t.after(() => handle.close());
  const server = answering(t).listen(handle);
  await once(server, 'listening');
  const { port } = server.address();
  assert.strictEqual(await textFrom({ port, host: '127.0.0.1' }), 'ours');
  const refused = net._createServerHandle('/no/such/folder/socket', -1, -1);
  assert.strictEqual(util.getSystemErrorName(refused), 'EACCES');
  const v6Only = net._createServerHandle('::1', 0, 6, undefined, 1);
  if (typeof v6Only === 'object') v6Only.close();
});

for (const transport of ['tcp', 'unix']) {
  test(`a socket over a ${transport} handle of core's`, async (t) => {
    const { client, peer } = await connectedPair(t, core, {
      transport,
      serverOptions: { pauseOnConnect: true },
    });
    const socket = new net.Socket({ handle: peer._handle });
    peer._handle = null;
    client.end('to ours');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.strictEqual(text, 'to ours');
    assert.strictEqual(socket.bytesRead, 7);
    socket.destroy();
    await once(client, 'close');
  });
}

for (const implementation of ['oxinet', 'core']) {
  test(`a socket over a handle of core's goes to a child with ${implementation}`, async (t) => {
    const child = await startAgent(t, implementation);
    const { client, peer } = await connectedPair(t, core, { serverOptions: { pauseOnConnect: true } });
    const socket = new net.Socket({ handle: peer._handle, manualStart: true });
    peer._handle = null;
    const answer = ask(child, { task: 'write', text: 'from the child' }, socket);
    let text = '';
    for await (const chunk of client) text += chunk;
    assert.strictEqual(text, 'from the child');
    assert.strictEqual((await answer).whose, implementation);
    assert.strictEqual(socket._handle, null);
    await dismiss(child);
  });
}

test("a socket over a handle of core's gives its descriptor away", async (t) => {
  const { client, peer } = await connectedPair(t, core, { serverOptions: { pauseOnConnect: true } });
  const given = new net.Socket({ handle: peer._handle, manualStart: true });
  peer._handle = null;
  client.end('to whom it may concern');
  const socket = net.Socket.from(given.detach());
  let text = '';
  for await (const chunk of socket) text += chunk;
  assert.strictEqual(text, 'to whom it may concern');
  assert.strictEqual(given._handle, null);
});

for (const flag of ['--pending-deprecation', '--no-deprecation']) {
  test(`a handle written in JS is kept and asked as core asks it, with ${flag}`, () => askForeign(flag));
}

async function askForeign(flag) {
  // Its results lie in an array of core's, so it runs where that can be had without a warning in this process.
  const { stdout, stderr, code } = await runSource(
    `
    if (!process.noDeprecation) process.noDeprecation = true;
    const { kReadBytesOrError, kLastWriteWasAsync, streamBaseState } = process.binding('stream_wrap');
    if (process.execArgv[0] !== '--no-deprecation') process.noDeprecation = false;
    const net = require('./');
    const calls = [];
    const EOF = -4095;
    const handle = {
      bytesRead: 3,
      bytesWritten: 8,
      readStart() {
        calls.push('readStart');
        setImmediate(() => {
          streamBaseState[kReadBytesOrError] = 3;
          this.onread(Uint8Array.from(Buffer.from('abc')).buffer);
          streamBaseState[kReadBytesOrError] = EOF;
          this.onread();
        });
        return 0;
      },
      writeBuffer(request, buffer) {
        calls.push('write ' + buffer);
        const later = String(buffer) === 'later';
        streamBaseState[kLastWriteWasAsync] = later ? 1 : 0;
        if (later) setImmediate(() => request.oncomplete(0));
        return 0;
      },
      shutdown(request) {
        calls.push('shutdown');
        setImmediate(() => request.oncomplete(0));
        return 0;
      },
      close(callback) {
        calls.push('close');
        setImmediate(callback);
      },
    };
    const socket = new net.Socket({ handle, allowHalfOpen: true });
    socket.on('data', (chunk) => calls.push('data ' + chunk));
    socket.on('end', () => {
      calls.push('end');
      socket.write('now', () => calls.push('written now'));
      socket.end('later', () => calls.push('finished'));
    });
    socket.on('close', (hadError) => {
      calls.push('closed ' + hadError);
      console.log(JSON.stringify({ calls, read: socket.bytesRead, written: socket.bytesWritten }));
    });`,
    { execArgv: [flag] },
  );
  assert.deepStrictEqual({ stderr, code }, { stderr: '', code: 0 });
  assert.deepStrictEqual(JSON.parse(stdout), {
    calls: [
      'readStart',
      'data abc',
      'end',
      'write now',
      'write later',
      'written now',
      'shutdown',
      'finished',
      'close',
      'closed false',
    ],
    read: 3,
    written: 8,
  });
}

test('loading and handing over warn of nothing', async () => {
  const { stderr, code } = await runSource(
    `
    const net = require('./');
    const { fork } = require('node:child_process');
    const server = net.createServer((socket) => {
      const child = fork('./__test__/process/programs/agent.js', ['oxinet']);
      child.on('message', ({ answer }) => {
        if (answer === 'ready') child.send({ task: 'write', text: 'hi' }, socket);
        else child.disconnect();
      });
      server.close();
    });
    server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').resume());`,
    { execArgv: ['--throw-deprecation'] },
  );
  assert.deepStrictEqual({ stderr, code }, { stderr: '', code: 0 });
});
