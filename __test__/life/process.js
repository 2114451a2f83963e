'use strict';

// A process with data queued that ends in the way, at the place and with the data that it is told: node process.js PLAN. It writes
// to descriptor 3 how many bytes are acknowledged (whose callbacks have come): that survives every end.

const fs = require('node:fs');
const { load } = require('./load.js');
const { STATES } = require('./states.js');

const plan = JSON.parse(process.argv[2]);
const ACKNOWLEDGED = 3;

const [net, other = net] = load(plan.name, plan.copies);

function acknowledged(position) {
  fs.writeSync(ACKNOWLEDGED, `${position}\n`);
}

let written = 0;
function write(socket, chunk, encoding) {
  written += Buffer.byteLength(chunk, encoding);
  const position = written;
  return socket.write(chunk, encoding, (error) => {
    if (!error) acknowledged(position);
  });
}

const DATA = {
  one: (socket) => write(socket, 'goodbye'),
  several(socket) {
    for (let i = 0; i < 10; i++) write(socket, `part ${i} ${'x'.repeat(i * 20)}`);
  },
  corked(socket) {
    socket.cork();
    for (let i = 0; i < 10; i++) write(socket, Buffer.from(`part ${i}`));
    socket.uncork();
  },
  mixed(socket) {
    write(socket, 'text é');
    write(socket, Buffer.alloc(2000, 'b'));
    write(socket, '00ff', 'hex');
    write(socket, Buffer.alloc(30_000, 'c'));
    write(socket, 'last');
  },
  large(socket) {
    write(socket, Buffer.alloc(8_000_000, 'l'));
  },
  queue(socket) {
    for (let i = 0; i < 100; i++) write(socket, Buffer.alloc(65_536, 'q'));
    write(socket, 'last');
  },
  end(socket) {
    write(socket, Buffer.alloc(1000, 'e'));
    socket.end();
  },
  destroy(socket) {
    write(socket, 'before');
    socket.destroy();
  },
  soon(socket) {
    write(socket, Buffer.alloc(100_000, 's'));
    socket.destroySoon();
  },
};

/** Tells the parent to end this process, and waits for it with all that is queued. */
function await_() {
  // Not in the handler that wrote: small writes leave at its end (docs/PARITY.md), and nobody knows of that signal before.
  setImmediate(() => fs.writeSync(ACKNOWLEDGED, 'kill me\n'));
  // With nothing left to do it would end by itself before that.
  setInterval(() => {}, 1000);
}

const ENDS = {
  exit: () => process.exit(5),
  throw() {
    throw new Error('asked for');
  },
  reject: () => void Promise.reject(new Error('asked for')),
  abort: () => process.abort(),
  reallyExit: () => process.reallyExit(6),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
  'SIGINT of others': await_,
  'SIGKILL of others': await_,
  'SIGTERM of others, handled'() {
    process.on('SIGTERM', () => process.exit(9));
    await_();
  },
  unref(socket) {
    socket.unref();
  },
  'the end of all': () => {},
  'the end of all, caught': () => {
    process.on('uncaughtException', () => process.exit(8));
    throw new Error('asked for');
  },
};

function go(socket) {
  const last = () => ENDS[plan.end](socket);
  if (plan.place === 'exit') process.on('exit', () => DATA[plan.data](socket));
  else DATA[plan.data](socket);
  if (plan.place === 'tick') process.nextTick(last);
  else if (plan.place === 'microtask') Promise.resolve().then(last);
  else if (plan.place === 'immediate') setImmediate(last);
  else if (plan.place === 'timer') setTimeout(last, plan.delay ?? 1);
  else if (plan.place === 'callback') socket.write('', last);
  else last();
}

/** Something else that is under way, which must not keep the process or what it has written. */
function beside() {
  const tell = { key: () => 0, acknowledged() {} };
  for (const state of plan.beside) STATES[state]({ net: other, at: plan.at, tell });
}

function start(socket) {
  socket.on('error', () => {});
  if (plan.place === 'data') socket.once('data', () => go(socket));
  else go(socket);
}

beside();
if (plan.side === 'client') {
  const socket = net.connect(plan.target);
  if (plan.place === 'before connect') start(socket);
  else socket.on('connect', () => start(socket));
} else {
  const server = net.createServer((socket) => {
    server.close();
    start(socket);
  });
  server.listen(plan.target, () => {
    const address = server.address();
    fs.writeSync(ACKNOWLEDGED, `listening ${address.port ?? ''}\n`);
  });
}
