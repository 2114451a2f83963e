'use strict';

// ioredis against a Redis server on --port: --connections callers on one connection, each with one GET under way; or
// (--mode set) SETs of --size bytes.

const { runRate } = require('../../lib/case');
const { callers } = require('../../lib/callers');

runRate(async (subject) => {
  subject.replaceNet();
  const { Redis } = require('ioredis');
  const { connections, mode, port, size } = subject.options;
  const client = new Redis({ host: '127.0.0.1', port });
  const value = Buffer.alloc(size, 'x');
  await client.set('key', value);
  const call = mode === 'set' ? () => client.set('key', value) : () => client.get('key');
  return { unit: 'commands', count: callers(connections, call) };
});
