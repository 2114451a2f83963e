'use strict';

// What the process under test does while a call fails. Each gets a Stage, and has ended when all its sockets have.

const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const { isIP } = require('node:net');
const path = require('node:path');
const tls = require('node:tls');
const { bytes, pieces } = require('./payload.js');
const { TLS } = require('../random/over.js');

const SMALL = 3000;
const LARGE = 700_001;

/** Sends the pieces to a peer that sends them back, and ends; `prepare(socket)` before that. */
async function client(stage, to, parts, { prepare, before, size: expected, ...options } = {}) {
  const size = expected ?? parts.reduce((sum, part) => sum + part.length, 0);
  let socket;
  try {
    socket = stage.net.connect({ ...to, ...options });
  } catch (err) {
    stage.failed(err);
    return;
  }
  const ended = stage.watch(socket);
  const chunks = stage.collect(socket);
  prepare?.(socket);
  if (before) await before(socket);
  if (!socket.destroyed) {
    for (const part of parts) stage.write(socket, part);
    socket.end();
  }
  await ended;
  stage.came(chunks, size);
}

/** A lookup that knows these addresses. */
const answering = (...addresses) => {
  const entries = addresses.map((address) => ({ address, family: isIP(address) }));
  return (host, options, callback) => setImmediate(callback, null, entries);
};

const echo = (socket) => socket.pipe(socket);

/** Asks for what it writes once more after each answer, so that calls come one by one. */
async function pingPong(stage, to) {
  const ROUNDS = 5;
  const socket = stage.net.connect(to);
  const ended = stage.watch(socket);
  const chunks = [];
  let round = 0;
  const next = () => stage.write(socket, bytes(ROUNDS * 100).subarray(round * 100, ++round * 100));
  let got = 0;
  socket.on('connect', next).on('data', (chunk) => {
    chunks.push(chunk);
    got += chunk.length;
    if (got < round * 100) return;
    if (round < ROUNDS) next();
    else socket.end();
  });
  await ended;
  stage.came(chunks, ROUNDS * 100);
}

function portOf(server) {
  try {
    return server.address().port;
  } catch {
    return 1;
  }
}

/** To where nobody listens: a port that was free a moment ago. */
async function refused(stage) {
  const server = stage.net.createServer().listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (err) {
    stage.failed(err);
    return;
  }
  // Its address may be what fails: then port 1 will do.
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  const socket = stage.net.connect(port, '127.0.0.1');
  const ended = stage.watch(socket);
  stage.write(socket, bytes(SMALL));
  await ended;
}

/** Between a visitor and the echo of the other process. */
function proxy(stage) {
  return (socket) => {
    const up = stage.net.connect({ ...stage.peers.echo, allowHalfOpen: true });
    up.on('error', (err) => {
      stage.failed(err);
      socket.destroy();
    });
    socket.on('error', () => up.destroy());
    socket.pipe(up).pipe(socket);
  };
}

/** The same by relay(), where there is one. */
function relay(stage) {
  const { net } = stage;
  if (net.relay === undefined) return proxy(stage);
  return (socket) => {
    const up = net.connect({ ...stage.peers.echo, allowHalfOpen: true });
    up.on('error', (err) => stage.failed(err));
    // Both have listeners for their errors.
    net.relay(socket, up).catch(() => {});
  };
}

/** A file, in the midst of other writes; what would be the same by core. */
async function sendFile(stage) {
  const file = path.join(stage.peers.folder, `file-${process.pid}`);
  fs.writeFileSync(file, bytes(LARGE));
  const [from, to] = [SMALL, LARGE - SMALL];
  const put = (socket) =>
    socket.sendFile
      ? socket.sendFile(file, { start: from, end: to - 1 }).catch(() => {})
      : void stage.write(socket, bytes(LARGE).subarray(from, to));
  await client(stage, stage.peers.echo, [bytes(LARGE).subarray(to)], {
    before(socket) {
      stage.write(socket, bytes(from));
      put(socket);
    },
    size: LARGE,
  });
}

/** Descriptors of this process that are open on a file. */
function openOn(file) {
  const folder = '/proc/self/fd';
  const targets = fs.readdirSync(folder).map((name) => {
    try {
      return fs.readlinkSync(path.join(folder, name));
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target === file).length;
}

/**
 * Both ends of a Unix socket are here, and each piece takes a descriptor along, where that can be. Which arrive is told by the
 * bytes; whatever fails, none stays open.
 */
async function descriptors(stage) {
  const file = path.join(stage.peers.folder, `along-${process.pid}`);
  fs.writeFileSync(file, '');
  const fd = fs.openSync(file);
  await withServer(stage, (client) => {
    client.cork();
    for (const [i, part] of pieces(SMALL, 500).entries()) {
      if (client.sendFds && i % 2 === 0)
        stage.write({ write: (...rest) => client.sendFds([fd, fd], ...rest) }, part);
      else stage.write(client, part);
    }
    client.uncork();
    client.end();
  });
  fs.closeSync(fd);
  // Descriptors cut reads, so more is unread when one end fails, which the other end hears of.
  stage.errors.splice(1);
  const left = openOn(file);
  if (left > 0) stage.failed(new Error(`${left} descriptors stay open`));
}

/** Connects to an echo in this process that takes descriptors, and has `talk(client)` do the rest. */
async function withServer(stage, talk) {
  const where = unix(stage);
  const ends = [];
  const server = stage.net.createServer({ receiveFds: true, allowHalfOpen: true }, (socket) => {
    ends.push(stage.watch(socket));
    socket.on('fds', (fds) => fds.forEach((one) => fs.closeSync(one)));
    echo(socket);
  });
  const ended = stage.watch(server);
  server.listen(where);
  await Promise.race([once(server, 'listening').catch(() => {}), ended]);
  if (!server.listening) return;
  const client = stage.net.connect(where);
  const chunks = stage.collect(client);
  const over = stage.watch(client);
  talk(client);
  await over;
  stage.came(chunks, SMALL);
  server.close();
  await Promise.all([ended, ...ends]);
}

/** Both ways by a FIFO that is its own other end, which only an adopted descriptor can be. */
async function fifo(stage) {
  const file = path.join(stage.peers.folder, `fifo-${process.pid}`);
  if (!fs.existsSync(file)) execFileSync('mkfifo', [file]);
  const fd = fs.openSync(file, 'r+');
  let socket;
  try {
    socket = new stage.net.Socket({ fd, readable: true, writable: true });
  } catch (err) {
    fs.closeSync(fd);
    stage.failed(err);
    return;
  }
  const ended = stage.watch(socket);
  const chunks = [];
  let got = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    got += chunk.length;
    if (got === SMALL) socket.destroy();
  });
  for (const part of pieces(SMALL, 1000)) stage.write(socket, part);
  await ended;
  stage.came(chunks, SMALL);
}

async function tlsClient(stage) {
  const plain = stage.net.connect(stage.peers.tls);
  const plainEnded = stage.watch(plain);
  const socket = tls.connect({ socket: plain, rejectUnauthorized: false });
  const ended = stage.watch(socket);
  const chunks = stage.collect(socket);
  socket.end(bytes(SMALL));
  await Promise.all([ended, plainEnded]);
  stage.came(chunks, SMALL);
}

function tlsServer(stage) {
  return (plain) => {
    const socket = TLS.server(plain, {});
    socket.on('error', (err) => stage.failed(err));
    socket.pipe(socket);
  };
}

async function httpClient(stage) {
  const chunks = [];
  await new Promise((resolve) => {
    let socket;
    const request = http.request({
      ...{ method: 'POST', host: '127.0.0.1', port: stage.peers.http.port, agent: false },
      createConnection: (options) => (socket = stage.net.connect(options.port, options.host)),
    });
    request.on('response', (response) => {
      response.on('data', (chunk) => chunks.push(chunk)).on('error', (err) => stage.failed(err));
    });
    request
      .on('error', (err) => stage.failed(err))
      .on('close', () => {
        if (socket === undefined || socket.closed) resolve();
        else socket.on('close', resolve);
      });
    request.end(bytes(LARGE));
  });
  stage.came(chunks, LARGE);
}

function httpServer(stage) {
  const server = http.createServer((request, response) => {
    request.on('error', (err) => stage.failed(err)).pipe(response);
  });
  server.on('clientError', (err, socket) => socket.destroy());
  return (socket) => server.emit('connection', socket);
}

const visits = (how, count = 1) => Array.from({ length: count }, () => how);
const TCP = { port: 0, host: '127.0.0.1' };
let paths = 0;
const unix = (stage) => ({ path: path.join(stage.peers.folder, `s${process.pid}-${paths++}`) });

const SCENARIOS = {
  client: (stage) => client(stage, stage.peers.echo, pieces(SMALL, 1000)),
  'client, ping-pong': (stage) => pingPong(stage, stage.peers.echo),
  'client, many small writes': (stage) => client(stage, stage.peers.echo, pieces(SMALL, 20)),
  'client, large': (stage) => client(stage, stage.peers.echo, [bytes(LARGE)]),
  'client, large pieces': (stage) => client(stage, stage.peers.echo, pieces(LARGE, 50_000)),
  'client, cork': (stage) =>
    client(stage, stage.peers.echo, pieces(LARGE / 10, 5000), {
      prepare(socket) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      },
    }),
  'client, bound and with options': (stage) =>
    client(stage, stage.peers.echo, pieces(SMALL, 1000), {
      ...{ localAddress: '127.0.0.1', noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      prepare: (socket) => socket.once('connect', () => void [socket.address(), socket.remoteAddress]),
    }),
  // Core knows none of them.
  'client, socket options': (stage) =>
    client(stage, stage.peers.echo, pieces(SMALL, 1000), {
      ...{ userTimeout: 60_000, ttl: 64, linger: 60, congestionControl: 'reno', quickAck: true },
      prepare: (socket) => socket.once('connect', () => void socket.tcpInfo?.()),
    }),
  'server, socket options': (stage) =>
    stage.server(unix(stage), visits('echo', 2), echo, { receiveBufferSize: 100_000, linger: 60 }),
  // Core tries them in turn, and forgets an end() of before it has connected.
  'client, addresses in parallel': (stage) =>
    client(stage, { ...stage.peers.echo, host: 'several.example' }, pieces(SMALL, 1000), {
      lookup: answering('127.0.0.9', '127.0.0.1', '::1'),
      autoSelectFamily: stage.net.stats === undefined ? true : 'parallel',
      before: (socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)),
    }),
  'client, last words': (stage) =>
    client(stage, stage.peers.echo, pieces(SMALL, 1000), { drainOnError: true }),
  'client, half-open': (stage) =>
    client(stage, stage.peers.greeter, pieces(SMALL, 1000), {
      allowHalfOpen: true,
      before: (socket) => new Promise((resolve) => socket.once('end', resolve).once('close', resolve)),
    }),
  'client, Unix': (stage) => client(stage, stage.peers.unix, pieces(SMALL, 1000)),
  'client, Unix, large': (stage) => client(stage, stage.peers.unix, [bytes(LARGE)]),
  'both ends, Unix, descriptors': descriptors,
  'client, refused': refused,
  'client, TLS': tlsClient,
  'client, http': httpClient,
  server: (stage) => stage.server(TCP, visits('echo', 3), echo),
  'server, large': (stage) => stage.server(TCP, visits('large'), echo),
  'server, half-open': (stage) =>
    stage.server(
      TCP,
      visits('listen', 2),
      (socket) => socket.resume().on('end', () => socket.end(bytes(SMALL))),
      { allowHalfOpen: true },
    ),
  'server, IPv6': (stage) => stage.server({ port: 0, host: '::1' }, visits('echo6', 1), echo),
  'server, Unix': (stage) => stage.server(unix(stage), visits('echo', 3), echo),
  'server, TLS': (stage) => stage.server(TCP, visits('tls'), tlsServer(stage)),
  'server, http': (stage) => stage.server(TCP, visits('http'), httpServer(stage)),
  proxy: (stage) => stage.server(TCP, visits('echo', 2), proxy(stage), { allowHalfOpen: true }),
  relay: (stage) => stage.server(TCP, visits('large', 2), relay(stage), { allowHalfOpen: true }),
  'relay, Unix': (stage) =>
    stage.server(unix(stage), visits('echo', 2), relay(stage), { allowHalfOpen: true }),
  'client, sendFile': sendFile,
  'adopted FIFO': fifo,
};

module.exports = { LARGE, SCENARIOS, SMALL };
