'use strict';

// A real PostgreSQL and postgres.js: TCP, a Unix socket and TLS, pipelined queries, COPY, 8 MiB rows, cursors,
// LISTEN, cancelled and killed backends, a stopped server, a connect timeout.

const assert = require('node:assert');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const MIB = 1024 * 1024;

async function run(ctx) {
  const sockets = ctx.watchClients();
  const postgres = require('postgres');
  const server = await ctx.service('postgres', 'start');
  const open = (options) => {
    const common = {
      host: server.host,
      port: server.port,
      user: 'oxinet',
      database: 'postgres',
      backoff: () => 0.05,
    };
    const sql = postgres({ ...common, ...options, onnotice: () => {} });
    ctx.defer(() => sql.end({ timeout: 0 }));
    return sql;
  };
  const tcp = open({ max: 4 });
  const unix = open({ path: server.path, max: 1 });
  const secure = open({ host: 'localhost', ssl: { ca: ctx.certificate().ca }, max: 1 });

  for (const sql of [tcp, unix, secure]) await largeRow(ctx, sql);
  await pipelined(ctx, tcp);
  assert.ok(sockets.size >= 3, `${sockets.size} sockets seen`);
  for (const socket of sockets) ctx.own(socket);

  await cursor(ctx, unix);
  await copy(ctx, open({ max: 1 }));
  await listen(ctx, open({ max: 2 }));
  await cancel(ctx, tcp, unix);
  await killBackend(ctx, open, tcp);
  await silentServer(ctx, open);
  await stopServer(ctx, [unix, secure], open);
  for (const socket of sockets) ctx.own(socket);
}

async function largeRow(ctx, sql) {
  const value = ctx.data(8 * MIB, 'row');
  const [row] = await ctx.within(sql`SELECT ${value}::bytea AS value`, 'a row of 8 MiB');
  ctx.sameBytes(row.value, value, 'a row of 8 MiB');
  ctx.operation();
}

async function pipelined(ctx, sql) {
  const values = Array.from({ length: 1500 }, (_, i) => ctx.data(1 + ((i * 41) % 900), `query ${i}`));
  const queries = values.map((value) => sql`SELECT ${value}::bytea AS value`);
  const rows = await ctx.within(Promise.all(queries), 'pipelined queries');
  ctx.operation(values.length);
  ctx.sameBytes(Buffer.concat(rows.map(([row]) => row.value)), Buffer.concat(values), 'pipelined queries');
}

async function cursor(ctx, sql) {
  const hash = ctx.hash();
  let count = 0;
  const read = async () => {
    const rows = sql`SELECT repeat(md5(i::text), 8) AS line FROM generate_series(1, 20000) i`.cursor(500);
    for await (const page of rows) {
      for (const { line } of page) {
        hash.update(line);
        count++;
      }
    }
  };
  await ctx.within(read(), 'a cursor');
  const [{ sum }] = await sql`
    SELECT encode(sha256(string_agg(repeat(md5(i::text), 8), '' ORDER BY i)::bytea), 'hex') AS sum
    FROM generate_series(1, 20000) i`;
  ctx.sameHash(hash.digest('hex'), sum, count * 256, 'rows read by a cursor');
  ctx.operation(count / 500);
}

/**
 * On a connection of its own: where the last piece of a COPY TO exceeds the stream's high-water mark, the driver (3.4.9)
 * leaves the socket paused, and the next query that gets this connection hangs, over core's net too.
 */
async function copy(ctx, pool) {
  const sql = await ctx.within(pool.reserve(), 'a reserved connection');
  await sql`CREATE TEMPORARY TABLE copied (position serial, value text)`;
  const hex = ctx.data(3 * MIB, 'copy').toString('hex');
  const lines = Array.from(
    { length: Math.ceil(hex.length / 600) },
    (_, i) => `${hex.slice(i * 600, (i + 1) * 600)}\n`,
  );
  const upload = await ctx.within(sql`COPY copied (value) FROM STDIN`.writable(), 'COPY FROM');
  await ctx.within(pipeline(Readable.from(lines), upload), 'upload');
  const download = await ctx.within(
    sql`COPY (SELECT value FROM copied ORDER BY position) TO STDOUT`.readable(),
    'COPY TO',
  );
  const { length, digest } = await ctx.within(ctx.drain(download), 'download');
  ctx.sameHash(digest, ctx.sha256(lines.join('')), length, 'COPY there and back');
  ctx.operation(2);
  sql.release();
}

async function listen(ctx, sql) {
  const payloads = Array.from({ length: 200 }, (_, i) => ctx.data(2000, `news ${i}`).toString('base64'));
  const received = [];
  let done;
  const all = new Promise((resolve) => (done = resolve));
  await ctx.within(
    sql.listen('news', (payload) => received.push(payload) === payloads.length && done()),
    'LISTEN',
  );
  for (const payload of payloads) await ctx.within(sql.notify('news', payload), 'NOTIFY');
  await ctx.within(all, 'every notification');
  ctx.operation(payloads.length);
  ctx.sameBytes(received.join(''), payloads.join(''), 'notifications');
  await ctx.within(sql.end(), 'end');
}

/** postgres.js cancels over a second connection of its own, as the protocol asks. */
async function cancel(ctx, sql, other) {
  const query = sql`SELECT pg_sleep(60), 'cancelled'`.execute();
  const cancelled = ctx.rejection(query, 'a cancelled query');
  await activeBackend(ctx, other, "pg_sleep(60), 'cancelled'");
  query.cancel();
  ctx.failure('query cancelled', await cancelled);
}

async function killBackend(ctx, open, other) {
  let closed;
  const close = new Promise((resolve) => (closed = resolve));
  const sql = open({ max: 1, onclose: closed });
  await ctx.within(sql`SELECT 1`, 'a first query');
  const killed = ctx.rejection(
    sql`SELECT pg_sleep(60), 'killed'`.execute(),
    'a query whose backend is killed',
  );
  const pid = await activeBackend(ctx, other, "pg_sleep(60), 'killed'");
  await other`SELECT pg_terminate_backend(${pid})`;
  ctx.failure('backend killed', await killed);
  // Until its socket has closed, postgres.js sends the next query to the connection that is going.
  await ctx.within(close, 'close of the killed connection');
  // The driver (3.4.9) then fails the first query of the new connection with the error of the old one.
  ctx.failure(
    'query after that',
    await ctx.rejection(sql`SELECT 1`.execute(), 'a query on a new connection'),
  );
  const [{ one }] = await ctx.within(sql`SELECT 1 AS one`, 'a second query on a new connection');
  assert.strictEqual(one, 1);
}

async function activeBackend(ctx, sql, text) {
  for (;;) {
    const find = sql`
      SELECT pid FROM pg_stat_activity
      WHERE state = 'active' AND pid <> pg_backend_pid() AND query = ${`SELECT ${text}`}`;
    const [row] = await ctx.within(find, 'pg_stat_activity');
    if (row) return row.pid;
  }
}

async function silentServer(ctx, open) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  const sql = open({ port, connect_timeout: 0.2, max: 1 });
  ctx.failure('server silent', await ctx.rejection(sql`SELECT 1`.execute(), 'a query to a silent server'));
}

async function stopServer(ctx, pools, open) {
  const lost = pools.map((sql) => ctx.rejection(sql`SELECT pg_sleep(60)`.execute(), 'a query in flight'));
  const watcher = open({ max: 1 });
  while (
    (await watcher`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'`)
      .count < 2
  );
  await ctx.service('postgres', 'stop');
  for (const error of await Promise.all(lost)) ctx.failure('server stopped', error);
  const refused = ctx.rejection(open({ max: 1 })`SELECT 1`.execute(), 'a query to a stopped server');
  ctx.failure('connect over TCP', await refused);
  await ctx.service('postgres', 'start', { samePort: true });
  for (const sql of pools) await largeRow(ctx, sql);
}

module.exports = { name: 'PostgreSQL with postgres.js', needs: ['postgres'], run };
