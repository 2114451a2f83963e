'use strict';

// The cases of `npm run bench -- --apps`: what programs make of sockets, with real packages and servers. `target` is the least
// ratio to core's rate, `p99` the most of core's 99th percentile; none may take more processor time for a unit than core.
// `crowd` cases are in the table of how connections that come at once are treated. `needs` are packages of bench/package.json, `service` a server that the run starts; `headline` rows are the README's.

const define = (name, title, script, args, more = {}) => ({
  group: 'apps',
  name,
  title,
  script: `apps/${script}`,
  args,
  needs: [],
  needsPeer: false,
  smallerIsBetter: false,
  target: 1,
  ...more,
});

const peer = { needsPeer: true };

function fanOut() {
  const ws = { ...peer, needs: ['ws'], target: 2, headline: true };
  return [
    define(
      'lines-100',
      'lines of 100 B pushed to 100 connections, 20 a turn',
      'lines',
      { connections: 100, size: 100, writes: 20 },
      { ...peer, target: 10, headline: true },
    ),
    define(
      'ws-broadcast-500',
      'ws: broadcast to 500 clients, 10 messages a turn',
      'ws',
      { connections: 500, size: 100, writes: 10 },
      ws,
    ),
    define(
      'mqtt-fan-out-100',
      'aedes: 1 publisher, 100 subscribers',
      'mqtt',
      { connections: 100, size: 100, depth: 20 },
      { needs: ['aedes'], target: 1.5, headline: true },
    ),
  ];
}

function databases() {
  const redis = (name, title, args, more) =>
    define(name, title, 'redis', args, { needs: ['ioredis'], service: 'redis', ...more });
  const pg = (name, title, args, more) =>
    define(name, title, 'pg', args, { needs: ['pg'], service: 'postgres', ...more });
  return [
    redis('ioredis-get-64', 'ioredis: GET, 64 callers', { connections: 64 }, { target: 2.5, headline: true }),
    redis('ioredis-get-1', 'ioredis: GET, 1 caller', { connections: 1 }, { target: 1.8 }),
    redis(
      'ioredis-set-64k',
      'ioredis: SET of 64 KiB, 4 callers',
      { connections: 4, mode: 'set', size: 65536 },
      { target: 1.3 },
    ),
    pg('pg-10', 'pg: `select $1`, 10 connections', { connections: 10 }, { target: 1.2, headline: true }),
    pg('pg-ssl-10', 'pg: the same over TLS', { connections: 10, mode: 'ssl' }),
    define(
      'memcached-64',
      'memcached lines: get, 64 under way on a connection',
      'memcached',
      { connections: 64, size: 100 },
      { service: 'memcached' },
    ),
  ];
}

function http() {
  const server = (name, title, args, more) =>
    define(`http-${name}`, `HTTP server: ${title}`, 'http', args, { ...peer, ...more });
  const proxy = (name, title, args, more) =>
    define(`proxy-${name}`, `TCP proxy before HTTP: ${title}`, 'http-proxy', args, { ...peer, ...more });
  // Hundreds of requests a second, not tens of thousands: V8 takes longer to optimise what they run.
  const slow = { warmup: 4000, duration: 2500 };
  const keepAlive = { target: 1.25, p99: 0.5, headline: true };
  return [
    server('keep-alive-64', 'keep-alive, 64 connections', { connections: 64 }, keepAlive),
    server(
      'keep-alive-1000',
      'keep-alive, 1,000 connections',
      { connections: 1000 },
      { ...keepAlive, crowd: true },
    ),
    server(
      'close',
      'a connection a request',
      { connections: 64, mode: 'close' },
      { target: 1.8, headline: true },
    ),
    server(
      'keep-alive-10000',
      'keep-alive, 10,000 connections',
      { connections: 10_000 },
      { p99: 0.5, crowd: true },
    ),
    server(
      'pipelining',
      '16 connections, 16 requests under way on each',
      { connections: 16, depth: 16 },
      { target: 1.1 },
    ),
    server(
      'upload',
      'request bodies of 1 MiB',
      { connections: 4, mode: 'upload', size: 2 ** 20 },
      { ...slow, needsPeer: false },
    ),
    // By the peer: a client in JavaScript takes longer than the server, by the luck of its memory twice as long.
    server('download', 'answers of 1 MiB', { connections: 4, mode: 'download', size: 2 ** 20 }, slow),
    define(
      'http-agent',
      'HTTP client: agent, 16 connections kept alive',
      'http-agent',
      { connections: 16 },
      { target: 1.1, headline: true },
    ),
    proxy('keep-alive', 'keep-alive, 64 connections', { connections: 64 }, { target: 1.3, headline: true }),
    proxy('close', 'a connection a request', { connections: 64, mode: 'close' }, { target: 1.6 }),
  ];
}

function secure() {
  const row = (mode, title, args, more) =>
    define(`tls-${mode}`, `TLS: ${title}`, 'tls', { mode, ...args }, more);
  const bulk = { connections: 1, size: 65536 };
  return [
    row('ping', 'ping-pong, 16 connections', { connections: 16, size: 64 }, { headline: true }),
    row('source', 'server writes 64 KiB', bulk, { headline: true }),
    row('sink', 'server reads 64 KiB', bulk),
    row('handshake', 'handshakes', { connections: 4 }),
  ];
}

/** Bare sockets, but against a client outside, whose latencies tell what the catalogue of bare sockets can't. */
function echoes() {
  const row = (name, title, args, more) =>
    define(name, title, 'echo', { size: 64, ...args }, { ...peer, ...more });
  return [
    row('echo-64', 'echo, 64 connections', { connections: 64 }, { target: 1.5 }),
    row(
      'echo-1000',
      'echo, 1,000 connections',
      { connections: 1000 },
      { target: 1.5, headline: true, crowd: true },
    ),
    row('echo-close', 'echo, a connection a message', { connections: 64, mode: 'close' }, { target: 1.3 }),
  ];
}

const apps = [
  ...fanOut(),
  ...databases(),
  ...http(),
  ...secure(),
  ...echoes(),
  define('sftp', 'ssh2: sftp, file of 64 MiB', 'sftp', {}, { needs: ['ssh2'] }),
];

module.exports = { MOST_CPU: 1, apps };
