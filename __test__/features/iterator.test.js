'use strict';

// destroyOnEnd: a socket that is read by `for await` to its end, and answers then.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { connectedPair } = require('../helpers/pair.js');
const { socketPath } = require('../helpers/tmp.js');

const OPEN = { allowHalfOpen: true, destroyOnEnd: false };

async function read(source) {
  let text = '';
  for await (const chunk of source) text += chunk;
  return text;
}

/** What another program gets that ends its side and waits for an answer. */
async function ask(server) {
  const address = server.address();
  const source = `
import socket, sys
client = socket.socket(socket.AF_UNIX if sys.argv[1] == 'unix' else socket.AF_INET)
client.connect(sys.argv[2] if sys.argv[1] == 'unix' else ('127.0.0.1', int(sys.argv[2])))
client.sendall(b'question')
client.shutdown(socket.SHUT_WR)
try:
    answer = b''
    while True:
        chunk = client.recv(100)
        if not chunk:
            break
        answer += chunk
    print(answer.decode())
except OSError as error:
    print(error)
`;
  const how = typeof address === 'string' ? ['unix', address] : ['tcp', String(address.port)];
  const child = spawn('python3', ['-c', source, ...how], { stdio: ['ignore', 'pipe', 'inherit'] });
  return (await read(child.stdout.setEncoding('utf8'))).trim();
}

/** Of a pair whose one end is destroyed the other may hear of a reset: the system chooses. */
async function pair(t, implementation, options) {
  const ends = await connectedPair(t, implementation, options);
  ends.peer.on('error', () => {});
  return ends;
}

const windows = process.platform === 'win32' ? 'no Unix sockets for python3' : undefined;

for (const transport of ['tcp', 'unix']) {
  test(`another program gets the answer, ${transport}`, { skip: windows }, async (t) => {
    const servers = {
      'option of the server': [OPEN, (socket) => read(socket)],
      'option of iterator()': [
        { allowHalfOpen: true },
        (socket) => read(socket.iterator({ destroyOnEnd: false })),
      ],
    };
    for (const [name, [options, reading]] of Object.entries(servers)) {
      const server = net.createServer(options, async (socket) => {
        const text = await reading(socket);
        assert.strictEqual(socket.destroyed, false, name);
        socket.end(text.toUpperCase());
      });
      t.after(() => server.close());
      server.listen(...(transport === 'unix' ? [socketPath(t)] : [0, '127.0.0.1']));
      await once(server, 'listening');
      assert.strictEqual(await ask(server), 'QUESTION', name);
    }
  });
}

test('the option of a client', async (t) => {
  const { client, peer } = await pair(t, net, {
    serverOptions: { allowHalfOpen: true },
    clientOptions: OPEN,
  });
  peer.end('bye');
  assert.strictEqual(await read(client), 'bye');
  assert.deepStrictEqual([client.destroyed, client.writable], [false, true]);
  client.end('and you');
  assert.strictEqual(await read(peer), 'and you');
  if (!client.closed) await once(client, 'close');
});

test('leaving the loop early destroys it', async (t) => {
  for (const [options, destroyed] of [
    [undefined, true],
    [{}, true],
    [{ destroyOnEnd: false }, true],
    [{ destroyOnReturn: false }, false],
    [{ destroyOnReturn: false, destroyOnEnd: false }, false],
  ]) {
    for (const leave of ['break', 'throw']) {
      const { client, peer } = await pair(t, net, { clientOptions: OPEN });
      peer.write('more');
      const loop = (async () => {
        for await (const chunk of options === undefined ? client : client.iterator(options)) {
          if (leave === 'break') break;
          throw new Error(String(chunk));
        }
      })();
      if (leave === 'break') await loop;
      else await assert.rejects(loop, { message: 'more' });
      assert.strictEqual(client.destroyed, destroyed, JSON.stringify([options, leave]));
      if (destroyed && !client.closed) await once(client, 'close');
      client.destroy();
    }
  }
});

test('an error ends the loop', async (t) => {
  const { client, peer } = await pair(t, net, { clientOptions: OPEN });
  const loop = read(client);
  peer.resetAndDestroy();
  await assert.rejects(loop, { code: 'ECONNRESET' });
  assert.strictEqual(client.destroyed, true);
});

test('iterator() overrides the option, and without either it is as in core', async (t) => {
  for (const [option, argument, isOpen] of [
    [false, undefined, true],
    [false, {}, true],
    [undefined, { destroyOnEnd: false }, true],
    [true, { destroyOnEnd: false }, true],
  ]) {
    const clientOptions = { allowHalfOpen: true, destroyOnEnd: option };
    const { client, peer } = await pair(t, net, { clientOptions });
    peer.end('x');
    assert.strictEqual(await read(client.iterator(argument)), 'x');
    assert.strictEqual(client.destroyed, !isOpen);
    client.destroy();
  }
  const core = {};
  for (const [name, implementation] of [
    ['core', require('node:net')],
    ['oxinet', net],
  ]) {
    core[name] = [];
    for (const options of [undefined, {}, { destroyOnReturn: true }, { destroyOnReturn: false }]) {
      const clientOptions = { allowHalfOpen: true };
      const { client, peer } = await pair(t, implementation, { clientOptions });
      peer.end('x');
      await read(options === undefined ? client : client.iterator(options));
      core[name].push(client.destroyed);
      client.destroy();
    }
  }
  assert.deepStrictEqual(core.oxinet, core.core);
});

test('without allowHalfOpen what is still queued goes out', async (t) => {
  const { client, peer } = await pair(t, net, { clientOptions: { destroyOnEnd: false } });
  const size = 4 << 20;
  client.write(Buffer.alloc(size));
  peer.end('enough');
  assert.strictEqual(await read(client), 'enough');
  let received = 0;
  peer.on('data', (chunk) => (received += chunk.length));
  await once(peer, 'close');
  assert.strictEqual(received, size);
});

test('what the options may be', async (t) => {
  for (const destroyOnEnd of ['no', 0, null]) {
    assert.throws(() => new net.Socket({ destroyOnEnd }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => net.createServer({ destroyOnEnd }), { code: 'ERR_INVALID_ARG_TYPE' });
    const socket = new net.Socket();
    t.after(() => socket.destroy());
    assert.throws(() => socket.iterator({ destroyOnEnd }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => socket.iterator('all'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
});
