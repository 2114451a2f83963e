'use strict';

// What was written before the thread blocks, or ends without an 'exit' event, is with the peer all the same.
const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { root, runSource } = require('../helpers/fork.js');

/** A server of core's in this process, and a promise of what it was sent up to the connection's end. */
async function receiver(t) {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const received = once(server, 'connection').then(async ([socket]) => {
    let text = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    return text;
  });
  return { port: server.address().port, received };
}

/** A client that writes a goodbye and then does `then`. */
const program = (port, then) => `
  const socket = require(${JSON.stringify(root)}).connect(${port}, '127.0.0.1', () => {
    setImmediate(() => {
      socket.write('good');
      socket.write('bye');
      ${then}
    });
  });`;

const ENDS = {
  'process.abort()': 'process.abort();',
  'a signal to itself': "process.kill(process.pid, 'SIGKILL');",
  'process.reallyExit()': 'process.reallyExit(0);',
  'process.exit()': 'process.exit();',
  'an uncaught exception': "throw new Error('asked for');",
};
// Node 22.15 and later.
if (process.execve) {
  ENDS['process.execve()'] = "process.execve(process.execPath, [process.execPath, '-e', '0'], process.env);";
}

for (const [name, then] of Object.entries(ENDS)) {
  test(`a process that ends by ${name}`, async (t) => {
    const { port, received } = await receiver(t);
    await runSource(program(port, then));
    assert.strictEqual(await received, 'goodbye');
  });
}

/** Answers each of its clients, and with the third answer does `then`; it tells its port on stdout. */
const server = (then) => `
  const net = require(${JSON.stringify(root)});
  let asked = 0;
  const server = net.createServer((socket) => socket.on('data', () => {
    socket.write('answer ' + ++asked, () => {});
    if (asked === 3) { ${then} }
  }));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** What five clients of core's get that ask at once. */
async function answersOf(port) {
  const answers = [];
  const clients = Array.from({ length: 5 }, () => net.connect(port, '127.0.0.1'));
  const closed = clients.map((client) => {
    client.on('error', () => {}).on('data', (data) => answers.push(String(data)));
    return new Promise((resolve) => client.on('close', resolve));
  });
  await Promise.all(clients.map((client) => once(client, 'connect')));
  for (const client of clients) client.write('question');
  await Promise.all(closed);
  return answers;
}

for (const [name, then] of Object.entries(ENDS)) {
  test(`a process that ends by ${name}, in a handler after those of other sockets`, async () => {
    let answers;
    await runSource(server(then), { onStdout: (port) => (answers = answersOf(Number(port))) });
    assert.deepStrictEqual((await answers).sort(), ['answer 1', 'answer 2', 'answer 3']);
  });
}

const WORKERS = {
  'process.exit() in it': 'process.exit();',
  'terminate() while it is busy': 'parentPort.postMessage(0); for (;;);',
};

for (const [name, then] of Object.entries(WORKERS)) {
  test(`a worker that ends by ${name}`, async (t) => {
    const { port, received } = await receiver(t);
    const source = `const { parentPort } = require('node:worker_threads'); ${program(port, then)}`;
    const result = await runSource(`
      const { Worker } = require('node:worker_threads');
      const worker = new Worker(${JSON.stringify(source)}, { eval: true });
      worker.on('message', () => worker.terminate());`);
    assert.strictEqual(result.code, 0, result.stderr);
    assert.strictEqual(await received, 'goodbye');
  });
}

/** The same with a server in a worker thread, which sets \`seen\` when it has got something. */
const watched = (then) => `
  const { Worker } = require('node:worker_threads');
  const seen = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(\`
    const { parentPort, workerData: seen } = require('node:worker_threads');
    const server = require('node:net').createServer((socket) => {
      socket.write('hello');
      socket.on('error', () => {}).on('data', () => {
        Atomics.store(seen, 0, 1);
        Atomics.notify(seen, 0);
      });
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));\`,
    { eval: true, workerData: seen });
  worker.on('message', (port) => {
    const socket = require(${JSON.stringify(root)}).connect(port, '127.0.0.1', () => {
      const finish = () => process.exit(Atomics.load(seen, 0) === 1 ? 0 : 1);
      ${then}
    });
  });`;

const CHAIN = `async () => {
  // As long as it takes, but not for ever.
  for (let i = 0; i < 3e7 && Atomics.load(seen, 0) === 0; i++) await null;
  finish();
}`;

const BLOCKS = {
  'waits in Atomics.wait()': `socket.write('x'); Atomics.wait(seen, 0, 0, 20_000); finish();`,
  'runs a child process': `socket.write('x');
    require('node:child_process').execFileSync(process.execPath, ['-e', '']);
    Atomics.wait(seen, 0, 0, 20_000); finish();`,
  'runs a chain of microtasks': `setImmediate(() => { socket.write('x'); (${CHAIN})(); });`,
  'runs a chain of microtasks, having written in one': `setImmediate(async () => {
    await null; socket.write('x'); await (${CHAIN})(); });`,
  'runs a chain of microtasks in a handler': `socket.once('data', () => { socket.write('x'); (${CHAIN})(); });`,
  'has called flush()': `socket.write('x'); socket.flush();
    for (let end = Date.now() + 20_000; Date.now() < end && Atomics.load(seen, 0) === 0;); finish();`,
};

for (const [name, then] of Object.entries(BLOCKS)) {
  test(`the peer gets what was written before a thread ${name}`, async () => {
    const { code, stderr } = await runSource(watched(then));
    assert.strictEqual(code, 0, stderr);
  });
}

/** What connections at a server of core's are sent, sorted, when all have ended. */
async function receiveAll(server, count) {
  const texts = [];
  while (texts.length < count) {
    const [socket] = await once(server, 'connection');
    const received = [];
    socket.setEncoding('utf8').on('data', (text) => received.push(text));
    texts.push(once(socket, 'close').then(() => received.join('')));
  }
  return (await Promise.all(texts)).sort();
}

// JS can be stopped between any two of its steps; this is where the kernel has the bytes and the handles do not know it.
const SENT = {
  'together with those of others': 'native.sendPending(COUNT + 1);',
  'one by one': 'for (const { _handle } of sockets) native.sendEntry(_handle.gatherAt);',
};

for (const [name, then] of Object.entries(SENT)) {
  test(`bytes that were sent ${name} when a worker was terminated are not sent again, and to nobody else`, async (t) => {
    const COUNT = 8;
    const server = net.createServer().listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const received = receiveAll(server, COUNT);
    const source = `
      const COUNT = ${COUNT};
      const { parentPort } = require('node:worker_threads');
      const net = require(${JSON.stringify(root)});
      const native = require(${JSON.stringify(`${root}/lib/engine/native.js`)});
      const sockets = Array.from({ length: COUNT }, () => net.connect(${server.address().port}, '127.0.0.1'));
      let left = COUNT;
      for (const socket of sockets) socket.on('connect', () => {
        if (--left > 0) return;
        // As many bytes as are another socket's id.
        sockets.forEach((socket, i) => socket.write(String(i + 1).repeat(i + 1)));
        ${then}
        parentPort.postMessage(0);
        for (;;);
      });`;
    const worker = new Worker(source, { eval: true });
    await once(worker, 'message');
    await worker.terminate();
    const expected = Array.from({ length: COUNT }, (_, i) => String(i + 1).repeat(i + 1));
    assert.deepStrictEqual(await received, expected);
  });
}
