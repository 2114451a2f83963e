'use strict';

// What a round does. Each is given the round, opens things through it, and resolves when it has begun all; the round waits until
// all is closed.

const http = require('node:http');
const tls = require('node:tls');
const { keys } = require('../random/over.js');

const CHURN = 1500;
const AT_ONCE = 50;
const SMALL = Buffer.alloc(100, 's');
const LARGE = Buffer.alloc(256 * 1024, 'l');
const BULK = 384;
const LISTENERS = 300;
const ALL_LISTENERS = 10_000;
const MANY_EVERY = 40;

/** Short connections, over TCP and Unix sockets, ended by either side or reset. */
async function churn(round) {
  for (const where of [undefined, { path: round.path() }]) {
    const server = await round.listening(
      round.server({}, (socket) => {
        socket.on('data', (chunk) => {
          round.counts.bytes += chunk.length;
          socket.end(chunk);
        });
      }),
      where,
    );
    await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => visits(round, server, lane)));
    server.close();
  }
}

async function visits(round, server, lane) {
  for (let i = lane; i < CHURN / 2; i += AT_ONCE) {
    await new Promise((resolve) => {
      const socket = round.socket(round.net.connect(round.target(server), () => socket.write(SMALL)));
      socket.on('close', resolve).on('data', () => {
        if (i % 3 === 0 && server.address().port) socket.resetAndDestroy();
        else if (i % 3 === 1) socket.destroy();
      });
    });
  }
}

/** Bytes one way as fast as they go, and back. */
async function bulk(round) {
  const server = await round.listening(round.server({}, (socket) => socket.pipe(socket)));
  const socket = round.socket(round.net.connect(round.target(server)));
  let left = BULK;
  const more = () => {
    while (left-- > 0) if (!socket.write(LARGE)) return socket.once('drain', more);
    socket.end();
  };
  socket.on('data', (chunk) => (round.counts.bytes += 2 * chunk.length));
  more();
  await new Promise((resolve) => socket.on('close', resolve));
  server.close();
}

/** Once in a while all that a process may have. */
async function listeners(round) {
  const most = round.number % MANY_EVERY === 0 ? ALL_LISTENERS : LISTENERS;
  const servers = [];
  for (let i = 0; i < most; i++) {
    const where = i % 3 === 0 ? { path: round.path() } : undefined;
    const server = await round.listening(round.server({}), where);
    if (!server.listening) break;
    servers.push(server);
  }
  for (const server of servers) server.close();
}

async function errors(round) {
  const { net } = round;
  const holder = await round.listening(round.server({}));
  for (let i = 0; i < 20; i++) {
    round.socket(net.connect({ path: `${round.path()}-none` }));
    round.socket(net.connect({ port: 1, host: round.host }));
    const lookup = (name, options, callback) =>
      callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    round.socket(net.connect({ port: 1, host: 'no.name', lookup }));
    round.server({}).listen(round.target(holder));
    for (const wrong of [{ port: 99_999 }, { port: 1, host: 5 }, {}])
      try {
        net.connect(wrong);
      } catch {
        round.counts.errors++;
      }
  }
  // They find out later that it is taken.
  await new Promise(setImmediate);
  holder.close();
}

/** Connects that are given up at each of their stages. */
async function aborted(round) {
  const { net } = round;
  const server = await round.listening(round.server({}, (socket) => socket.resume()));
  const target = round.target(server);
  for (let i = 0; i < 20; i++) {
    const connect = (options) => {
      round.counts.aborted++;
      return round.socket(net.connect({ ...target, ...options }));
    };
    connect().destroy();
    const later = connect();
    process.nextTick(() => later.destroy());
    const after = connect();
    setImmediate(() => after.destroy());
    connect({ host: 'some.name', lookup: () => {} }).destroy();
    connect({ host: 'localhost' }).destroy();
    const written = connect();
    written.write(LARGE);
    setImmediate(() => written.destroy());
    const controller = new AbortController();
    connect({ signal: controller.signal });
    controller.abort();
    const stood = connect();
    stood.on('connect', () => stood.destroy());
  }
  setTimeout(() => server.close(), 20);
}

/** One side ends and the other goes on; what is paused, queued or reset at its end. */
async function half(round) {
  const options = { allowHalfOpen: true };
  const server = await round.listening(
    round.server(options, (socket) => {
      socket.on('end', () => socket.write(SMALL, () => socket.end(SMALL))).resume();
    }),
  );
  for (let i = 0; i < 40; i++)
    round
      .socket(round.net.connect({ ...round.target(server), ...options }))
      .resume()
      .end(SMALL);
  const talker = await round.listening(
    round.server({}, (socket) => {
      for (let i = 0; i < 8; i++) socket.write(LARGE, () => {});
      socket.resume();
    }),
  );
  for (let i = 0; i < 8; i++) {
    const socket = round.socket(round.net.connect(round.target(talker)));
    socket.setTimeout(10_000);
    socket.once('data', () => {
      socket.pause();
      for (let j = 0; j < 8; j++) socket.write(LARGE, () => {});
      setImmediate(() => (i % 2 === 0 ? socket.destroy() : socket.resetAndDestroy()));
    });
  }
  setTimeout(() => [server, talker].forEach((one) => one.close()), 50);
}

/** The connections of http servers and of TLS, which core's parts drive. */
async function wrapped(round) {
  const web = http.createServer((request, response) => request.pipe(response));
  const server = await round.listening(round.server({}, (socket) => web.emit('connection', socket)));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  agent.createConnection = () => round.socket(round.net.connect(round.target(server)));
  const answers = Array.from({ length: 40 }, () => {
    return new Promise((resolve) => {
      const request = http.request({ agent, method: 'POST' }, (response) =>
        response.resume().on('end', resolve),
      );
      request.end(SMALL);
    });
  });
  await Promise.all(answers);
  agent.destroy();
  server.close();
  const safe = await round.listening(
    round.server({}, (socket) => {
      const secured = new tls.TLSSocket(socket, { ...keys(), isServer: true });
      secured.on('error', () => {}).pipe(secured);
    }),
  );
  for (let i = 0; i < 6; i++) {
    const raw = round.socket(round.net.connect(round.target(safe)));
    const secured = tls.connect({ socket: raw, rejectUnauthorized: false }, () => secured.write(SMALL));
    secured.on('error', () => {}).once('data', () => (i % 2 === 0 ? secured.end() : secured.destroy()));
    await new Promise((resolve) => secured.on('close', resolve));
  }
  safe.close();
}

module.exports = { ACTIVITIES: { churn, bulk, listeners, errors, aborted, half, wrapped } };
