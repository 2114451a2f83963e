'use strict';

// pg against a PostgreSQL server on --port: --connections clients, each with one query under way; (--mode ssl) over TLS.

const { runRate } = require('../../lib/case');
const { callers } = require('../../lib/callers');

runRate(async (subject) => {
  subject.replaceNet();
  const { Client } = require('pg');
  const { connections, mode, port } = subject.options;
  const ssl = mode === 'ssl' ? { rejectUnauthorized: false } : false;
  const settings = { host: '127.0.0.1', port, user: 'oxinet', database: 'postgres', ssl };
  const clients = Array.from({ length: connections }, () => new Client(settings));
  await Promise.all(clients.map((client) => client.connect()));
  const call = (index) => clients[index].query('select $1::int as number', [index]);
  return { unit: 'queries', count: callers(connections, call) };
});
