'use strict';

// One end of a connection over a network that fails; prints what it saw, a line of JSON each.
//
//   node end.js oxinet|core serve HOST             prints its port
//   node end.js oxinet|core TASK HOST PORT [MIB]

const core = require('node:net');

const [implementation, task, host, port, mib = '100'] = process.argv.slice(2);
const net = implementation === 'core' ? core : require('../..');
const PIECE = 1 << 16;
/** Each piece differs, by its number at its start, from all others. */
const piece = Buffer.alloc(PIECE);
for (let i = 0; i + 4 <= PIECE; i += 4) piece.writeUInt32LE((i * 2654435761) >>> 0, i);

const say = (what) => console.log(JSON.stringify(what));

function pieceOf(number) {
  const copy = Buffer.from(piece);
  copy.writeUInt32LE(number, 0);
  return copy;
}

/** Writes so many pieces as there is room for them, then ends. */
function sendAll(socket, pieces) {
  let number = 0;
  const more = () => {
    while (number < pieces) if (!socket.write(pieceOf(number++))) return;
    socket.off('drain', more).end();
  };
  socket.on('drain', more);
  more();
}

/** Checks what comes, in whatever chunks; calls `done({ bytes, exact, error })` when the socket has closed. */
function checkAll(socket, done) {
  let count = 0;
  let exact = true;
  let error = null;
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= PIECE) {
      exact &&= rest.subarray(0, PIECE).equals(pieceOf(count++));
      rest = rest.subarray(PIECE);
    }
  });
  socket.on('error', (err) => (error = err.code));
  socket.on('close', () =>
    done({ bytes: count * PIECE + rest.length, exact: exact && rest.length === 0, error }),
  );
}

/** Both ways at once. */
function exchange(socket, done) {
  checkAll(socket, done);
  sendAll(socket, (Number(mib) << 20) / PIECE);
}

/** What happens to a connection of which nothing comes back. */
function follow(socket) {
  const events = [];
  for (const name of ['connect', 'timeout', 'end']) socket.on(name, () => events.push(name));
  socket.on('error', (err) => events.push(`${err.code} ${err.syscall}`));
  socket.on('close', (hadError) => say({ events: [...events, `close ${hadError}`] }));
  return events;
}

const TASKS = {
  exchange: () => exchange(net.connect({ port, host, allowHalfOpen: true }), say),
  /** The network goes away while it is idle. */
  keepalive() {
    const socket = net.connect(port, host).on('connect', () => {
      socket.setKeepAlive(true, 1000);
      say('connected');
    });
    follow(socket);
    socket.resume();
  },
  /** The network goes away, and then something is to be sent. */
  unacknowledged() {
    const socket = net.connect(port, host).on('connect', () => say('connected'));
    follow(socket);
    socket.resume();
    process.stdin.once('data', () => socket.write('nobody will have this'));
    socket.on('close', () => process.stdin.destroy());
  },
  /** Nobody answers. */
  connecting: () => follow(net.connect(port, host)),
  idle() {
    const socket = net.connect(port, host).on('connect', () => {
      say('connected');
      socket.setTimeout(500, () => socket.destroy());
    });
    follow(socket);
    socket.resume();
  },
};

function serve() {
  let isExchange = false;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    if (isExchange) exchange(socket, say);
    else
      socket
        .on('error', () => {})
        .on('end', () => socket.end())
        .resume();
  });
  process.stdin.on('end', () => process.exit());
  process.stdin.on('data', (text) => {
    if (String(text).startsWith('exchange')) isExchange = true;
    say('ready');
  });
  server.listen(0, host, () => say({ port: server.address().port }));
}

if (task === 'serve') serve();
else TASKS[task]();
