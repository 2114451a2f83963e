'use strict';

// A new version of a server takes over the listening socket of the old one, which stops accepting when the new one accepts,
// and ends when its connections have: clients that connect all the while notice nothing.
//
//   graceful-restart.js             shows it: three versions, and a client that counts what fails
//   graceful-restart.js CONTROL N   a server, version N; CONTROL is the path over which versions meet

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('../');

// The server.

async function serve(controlPath, version) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(`${version}:${data}`));
  });
  const before = await takeOver(controlPath);
  server.listen(before === null ? { port: 0, host: '127.0.0.1' } : { fd: before.listener });
  await once(server, 'listening');
  if (before !== null) {
    // From here on both accept. The old one closes its descriptor of the socket, and ends this connection.
    const ended = once(before.socket, 'end');
    before.socket.write('I listen');
    await ended;
  }
  const control = net.createServer((next) => handOver(server, control, next));
  // After a crash the path is there, and nobody behind it.
  control.listen({ path: controlPath, mode: 0o600, replaceStale: true });
  await once(control, 'listening');
  console.log(server.address().port);
}

/** The listener of the version that runs, and the connection to it; null where none runs. */
async function takeOver(controlPath) {
  const socket = net.connect({ path: controlPath, receiveFds: true });
  try {
    await once(socket, 'connect');
  } catch {
    return null;
  }
  socket.resume();
  const [[listener]] = await once(socket, 'fds');
  return { socket, listener };
}

/** The next version has connected. Whoever it is, it is this user. */
function handOver(server, control, next) {
  if (next.peerCredentials().uid !== process.geteuid()) {
    next.destroy();
    return;
  }
  next.sendFds([server]);
  next.once('data', () => {
    // Connections that wait to be accepted wait at the new version as well. Those that stand go on here.
    server.close();
    // The path is free before the new version hears that it may have it.
    control.close();
    next.end();
  });
}

// The demonstration.

const counts = { connections: 0, failures: 0, versions: new Set() };

/** One connection after another, each with a question and its answer. */
async function visit(port, isOver) {
  while (!isOver()) {
    counts.connections++;
    try {
      const socket = net.connect(port, '127.0.0.1');
      socket.write('hello');
      const [answer] = await once(socket, 'data');
      counts.versions.add(String(answer).split(':')[0]);
      socket.end();
      await once(socket, 'close');
    } catch (error) {
      counts.failures++;
      console.log(`client: ${error.message}`);
    }
  }
}

async function start(controlPath, version) {
  const child = spawn(process.execPath, [__filename, controlPath, version], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  console.log(`version ${version} listens`);
  return { child, port: Number(port), ended: once(child, 'exit') };
}

async function demonstrate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-example-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true }));
  const controlPath = path.join(folder, 'control.sock');
  const first = await start(controlPath, '1');
  let isOver = false;
  const visitors = Array.from({ length: 4 }, () => visit(first.port, () => isOver));

  // A connection that lasts, with the first version.
  const lasting = net.connect(first.port, '127.0.0.1');
  lasting.write('early');
  await once(lasting, 'data');

  const second = await start(controlPath, '2');
  const third = await start(controlPath, '3');
  await second.ended;
  lasting.write('late');
  console.log(`client: the lasting connection still says ${(await once(lasting, 'data'))[0]}`);
  lasting.end();
  await first.ended;
  console.log('versions 1 and 2 have ended');

  while (!counts.versions.has('3')) await new Promise(setImmediate);
  isOver = true;
  await Promise.all(visitors);
  console.log(`client: answers of versions ${[...counts.versions].sort().join(', ')}`);
  console.log(`client: ${counts.connections} connections, ${counts.failures} failures`);
  third.child.kill();
  await third.ended;
}

if (process.argv[2] === undefined) demonstrate();
else serve(process.argv[2], process.argv[3]);
