'use strict';

// HTTP/2 on both sides over sockets of the net under test: clear text and TLS, 200 streams at once, large bodies
// through flow control, push-free ping and settings, and reset, refused and destroyed sessions.

const assert = require('node:assert');
const http2 = require('node:http2');
const tls = require('node:tls');
const { listenFor } = require('../lib/http-over-net');

const MIB = 1024 * 1024;
// In megabytes. The default of 10 is less than what these bodies have under way.
const LIMITS = { maxSessionMemory: 100 };

async function run(ctx) {
  const { key, cert, ca } = ctx.certificate();
  const clear = http2.createServer(LIMITS);
  const secure = http2.createSecureServer({ key, cert, ...LIMITS });
  const sessions = [];
  for (const server of [clear, secure]) {
    server.on('stream', echo);
    server.on('session', (session) => sessions.push(session.on('error', () => {})));
    server.on('sessionError', () => {});
  }
  const clearPort = (await listenFor(ctx, clear)).port;
  const securePort = (await listenFor(ctx, secure)).port;
  const plainSocket = () => ctx.own(ctx.net.connect(clearPort, '127.0.0.1'), "the client's socket");
  const tlsSocket = () => {
    const socket = ctx.own(ctx.net.connect(securePort, '127.0.0.1'), "the client's socket under TLS");
    return tls.connect({ socket, ca, servername: 'localhost', ALPNProtocols: ['h2'] });
  };

  for (const [origin, createConnection] of [
    ['http://localhost', plainSocket],
    ['https://localhost', tlsSocket],
  ]) {
    const session = await connect(ctx, origin, createConnection);
    await streams(ctx, session);
    await large(ctx, session);
    await ping(ctx, session);
    const closed = ctx.first(session, ['close']);
    session.close();
    await closed;
    await failures(ctx, origin, createConnection, sessions);
  }
  await refused(ctx);
}

/** Answers with what came; `/reset` and `/refuse` misbehave. */
function echo(stream, headers) {
  stream.on('error', () => {});
  if (headers[':path'] === '/refuse') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  if (headers[':path'] === '/wait') return stream.respond({ ':status': 200 });
  stream.respond({ ':status': 200 });
  return stream.pipe(stream);
}

async function connect(ctx, origin, createConnection) {
  const session = http2.connect(origin, { createConnection, ...LIMITS });
  ctx.defer(() => session.destroy());
  await ctx.once(session, 'connect', `a session with ${origin}`);
  return session;
}

/** One request: `{ length, digest }` of the answer. */
async function exchange(ctx, session, body) {
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  const response = ctx.once(stream, 'response');
  // Reading begins at once: a short answer may be over when the headers have been looked at.
  const answer = ctx.within(ctx.drain(stream), 'an answer');
  stream.end(body);
  const [headers] = await response;
  assert.strictEqual(headers[':status'], 200);
  return answer;
}

async function streams(ctx, session) {
  const bodies = Array.from({ length: 200 }, (_, i) => ctx.data((i * 499) % 30_000, `stream ${i}`));
  const answers = await Promise.all(bodies.map((body) => exchange(ctx, session, body)));
  answers.forEach(({ length, digest }, i) =>
    ctx.sameHash(digest, ctx.sha256(bodies[i]), length, `stream ${i}`),
  );
  ctx.operation(answers.length);
}

async function large(ctx, session) {
  const bodies = [0, 1, 2].map((i) => ctx.data(4 * MIB, `large ${i}`));
  const answers = await Promise.all(bodies.map((body) => exchange(ctx, session, body)));
  answers.forEach(({ length, digest }, i) =>
    ctx.sameHash(digest, ctx.sha256(bodies[i]), length, `large ${i}`),
  );
  ctx.operation(answers.length);
}

async function ping(ctx, session) {
  const payload = ctx.data(8, 'ping');
  for (let i = 0; i < 20; i++) {
    const answer = new Promise((resolve, reject) => {
      session.ping(payload, (error, duration, echoed) => (error ? reject(error) : resolve(echoed)));
    });
    ctx.sameBytes(await ctx.within(answer, 'PING'), payload, 'PING');
    ctx.operation();
  }
  const settled = ctx.once(session, 'localSettings');
  session.settings({ initialWindowSize: MIB });
  assert.strictEqual((await settled)[0].initialWindowSize, MIB);
}

async function failures(ctx, origin, createConnection, sessions) {
  const protocol = origin.split(':')[0];
  const session = await connect(ctx, origin, createConnection);
  const refusedStream = session.request({ ':path': '/refuse' });
  ctx.failure(`${protocol}: stream refused`, (await ctx.first(refusedStream, ['error'])).args[0]);

  // The server's session dies without a word: the socket is destroyed under it.
  const waiting = session.request({ ':path': '/wait' });
  await ctx.once(waiting, 'response');
  const ended = ctx.first(waiting.resume(), ['close'], 'the end of a waiting stream');
  waiting.on('error', (error) => ctx.failure(`${protocol}: server destroyed`, error));
  const closed = ctx.first(session, ['close'], 'the end of the session');
  sessions.at(-1).destroy();
  await ended;
  await closed;
  ctx.failure(`${protocol}: server destroyed`, `stream ${waiting.rstCode}`);
  // Up to Node 24 the call throws, from 26 on the stream it returns fails.
  const late = await ctx.rejection(
    new Promise((_, reject) => session.request({ ':path': '/' }).on('error', reject)),
    'a request on a destroyed session',
  );
  ctx.failure(`${protocol}: request after that`, late);
}

async function refused(ctx) {
  const unused = ctx.net.createServer();
  const { port } = await ctx.listen(unused);
  unused.close();
  await ctx.first(unused, ['close']);
  const session = http2.connect('http://localhost', {
    createConnection: () => ctx.net.connect(port, '127.0.0.1'),
  });
  ctx.failure('refused', (await ctx.first(session, ['error'])).args[0]);
}

module.exports = { name: 'HTTP/2 on both sides', run };
