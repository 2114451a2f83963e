'use strict';

// A real PostgreSQL and pg: TCP, a Unix socket and TLS, a pool, COPY, 8 MiB rows, LISTEN, cancelled and killed
// backends, a stopped server, a server that never answers.

const assert = require('node:assert');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const MIB = 1024 * 1024;

async function run(ctx) {
  const sockets = ctx.watchClients();
  const { Client, Pool } = require('pg');
  const server = await ctx.service('postgres', 'start');
  const common = { port: server.port, user: 'oxinet', database: 'postgres' };
  const open = async (options) => {
    const client = new Client({ ...common, host: server.host, ...options });
    client.on('error', (error) => (client.failure = error));
    await ctx.within(client.connect(), 'connect');
    ctx.defer(() => client.connection.stream.destroy());
    return client;
  };
  const tcp = await open({ keepAlive: true });
  const unix = await open({ host: server.folder });
  for (const client of [tcp, unix]) ctx.own(client.connection.stream);
  // Over TLS the stream is core's TLSSocket: what it wraps is the client socket made last.
  const secure = await open({ host: 'localhost', ssl: { ca: ctx.certificate().ca } });
  ctx.own([...sockets].at(-1), 'socket under TLS');
  assert.ok(secure.connection.stream.encrypted);

  for (const client of [tcp, unix, secure]) await largeRows(ctx, client);
  await usePool(ctx, new Pool({ ...common, host: server.host, max: 6 }));
  await copy(ctx, tcp);
  await listen(ctx, unix, tcp);
  await cancel(ctx, tcp, unix);
  await killBackend(ctx, await open({}), tcp);
  await silentServer(ctx, Client);
  await stopServer(ctx, [tcp, unix, secure], open);
}

async function largeRows(ctx, client) {
  const value = ctx.data(8 * MIB, 'row');
  const { rows } = await ctx.within(client.query('SELECT $1::bytea AS value', [value]), 'a row of 8 MiB');
  ctx.sameBytes(rows[0].value, value, 'a row of 8 MiB');
  const text = 'SELECT i, repeat(md5(i::text), 8) AS line FROM generate_series(1, 20000) i';
  const many = await ctx.within(client.query(text), '20000 rows');
  const { rows: sums } = await client.query(
    `SELECT encode(sha256(string_agg(line, '' ORDER BY i)::bytea), 'hex') AS sum FROM (${text}) t`,
  );
  const lines = many.rows.map(({ line }) => line).join('');
  ctx.sameHash(ctx.sha256(lines), sums[0].sum, lines.length, '20000 rows');
  ctx.operation(3);
}

async function usePool(ctx, pool) {
  pool.on('connect', (client) => ctx.own(client.connection.stream));
  const numbers = Array.from({ length: 600 }, (_, i) => i);
  const queries = numbers.map((i) => pool.query('SELECT $1::int * 2 AS double', [i]));
  const results = await ctx.within(Promise.all(queries), 'pooled queries');
  ctx.operation(numbers.length);
  assert.deepStrictEqual(
    results.map(({ rows }) => rows[0].double),
    numbers.map((i) => 2 * i),
  );
  await ctx.within(pool.end(), 'end of the pool');
}

async function copy(ctx, client) {
  const { from, to } = require('pg-copy-streams');
  await client.query('CREATE TEMPORARY TABLE copied (position serial, value text)');
  const hex = ctx.data(3 * MIB, 'copy').toString('hex');
  const lines = Array.from(
    { length: Math.ceil(hex.length / 600) },
    (_, i) => `${hex.slice(i * 600, (i + 1) * 600)}\n`,
  );
  const upload = client.query(from('COPY copied (value) FROM STDIN'));
  await ctx.within(pipeline(Readable.from(lines), upload), 'COPY FROM');
  const download = client.query(to('COPY (SELECT value FROM copied ORDER BY position) TO STDOUT'));
  const { length, digest } = await ctx.within(ctx.drain(download), 'COPY TO');
  ctx.sameHash(digest, ctx.sha256(lines.join('')), length, 'COPY there and back');
  ctx.operation(2);
}

async function listen(ctx, listener, sender) {
  await listener.query('LISTEN news');
  const payloads = Array.from({ length: 200 }, (_, i) => ctx.data(2000, `news ${i}`).toString('base64'));
  const received = [];
  const all = new Promise((resolve) => {
    listener.on('notification', ({ payload }) => received.push(payload) === payloads.length && resolve());
  });
  for (const payload of payloads)
    await ctx.within(sender.query('SELECT pg_notify($1, $2)', ['news', payload]), 'NOTIFY');
  await ctx.within(all, 'every notification');
  ctx.operation(payloads.length);
  ctx.sameBytes(received.join(''), payloads.join(''), 'notifications');
}

async function cancel(ctx, client, other) {
  const sleeping = ctx.rejection(client.query('SELECT pg_sleep(60)'), 'a cancelled query');
  await backendIs(ctx, other, client.processID, 'active');
  await other.query('SELECT pg_cancel_backend($1)', [client.processID]);
  ctx.failure('query cancelled', await sleeping);
  assert.strictEqual((await client.query('SELECT 1 AS one')).rows[0].one, 1);
}

async function killBackend(ctx, client, other) {
  const ended = ctx.first(client, ['end']);
  const sleeping = ctx.rejection(client.query('SELECT pg_sleep(60)'), 'a query whose backend is killed');
  await backendIs(ctx, other, client.processID, 'active');
  await other.query('SELECT pg_terminate_backend($1)', [client.processID]);
  ctx.failure('backend killed', await sleeping);
  await ended;
  ctx.failure(
    'query after that',
    await ctx.rejection(client.query('SELECT 1'), 'a query on an ended client'),
  );
}

async function backendIs(ctx, client, pid, state) {
  const text = 'SELECT state FROM pg_stat_activity WHERE pid = $1';
  while ((await ctx.within(client.query(text, [pid]), text)).rows[0]?.state !== state);
}

/** A port that accepts and says nothing: pg's own timer must destroy the socket. */
async function silentServer(ctx, Client) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  const client = new Client({ host: '127.0.0.1', port, user: 'oxinet', connectionTimeoutMillis: 200 });
  ctx.failure('server silent', await ctx.rejection(client.connect(), 'connect to a silent server'));
  assert.strictEqual(ctx.accepted(server).size, 1);
}

async function stopServer(ctx, clients, open) {
  const ended = clients.map((client) => ctx.first(client, ['end'], "'end' after the server stopped"));
  await ctx.service('postgres', 'stop');
  await Promise.all(ended);
  for (const client of clients) ctx.failure('server stopped', client.failure);
  ctx.failure('connect over TCP', await ctx.rejection(open({}), 'connect to a stopped server'));
  await ctx.service('postgres', 'start', { samePort: true });
  const client = await open({});
  ctx.own(client.connection.stream);
  await largeRows(ctx, client);
  await ctx.within(client.end(), 'end');
}

module.exports = { name: 'PostgreSQL with pg', needs: ['postgres'], run };
