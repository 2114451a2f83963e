'use strict';

// jest and vitest load a library once for each test file, several times in a thread: two files in one process, module
// registries that are reset, vm contexts in threads and in processes. mocha and `node --test` load it as any program does.
// Their tests connect to a server here.

const assert = require('node:assert');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { refusedPort } = require('../lib/ports');
const { command } = require('../lib/tools');

const E2E = path.join(__dirname, '..');
const FIXTURES = path.join(E2E, 'fixtures', 'runners');
const LENGTH = 100_000;
const POOLS = ['vmThreads', 'vmForks', 'threads', 'forks'];
// Theirs of 2 to 5 s are short on a busy machine.
const RUN_LIMIT = 50_000;
const REGISTER = path.join(E2E, '..', 'register.js');
const runners = (ctx, how, pools) => [
  ['jest', jest(ctx, how)],
  ...pools.map((pool) => ['vitest', vitest(pool)]),
  ['mocha', [command('mocha'), '--timeout', `${RUN_LIMIT}`, 'one.mocha.js', 'two.mocha.js']],
  ['node', ['--test', 'one.node.js', 'two.node.js']],
];

async function run(ctx) {
  const seen = [];
  const server = ctx.net.createServer({ allowHalfOpen: true }, (socket) => answer(ctx, socket, seen));
  const { port } = await ctx.listen(server);
  const env = {
    ...process.env,
    E2E_NET: ctx.impl === 'oxinet' ? path.join(E2E, '..', 'index.js') : 'node:net',
    E2E_PORT: port,
    E2E_IMPL: ctx.impl,
    E2E_CLOSED: await refusedPort(ctx),
    CI: '1',
  };
  await inTurn(runners(ctx, '--runInBand', POOLS), ([name, args]) => passes(ctx, name, args, env, seen));
  if (ctx.impl === 'oxinet') {
    // Again with `require('net')`, which is oxinet under register: in the processes and threads of the runner, too.
    const under = { ...env, E2E_NET: 'node:net', NODE_OPTIONS: `--require ${REGISTER}` };
    await inTurn(runners(ctx, '--maxWorkers=2', ['vmThreads', 'forks']), ([name, args]) =>
      passes(ctx, name, args, under, seen),
    );
  }
  // The tests that have just passed asserted it in each copy.
  ctx.failure('refused inside a runner', 'ECONNREFUSED');
}

async function passes(ctx, name, args, env, seen) {
  seen.length = 0;
  await runner(ctx, args, env);
  assert.deepStrictEqual([...seen].sort(), [`${name}-one`, `${name}-two`], args.join(' '));
  ctx.operation();
}

async function inTurn(list, action) {
  for (const one of list) await action(one);
}

function jest(ctx, how) {
  const config = {
    rootDir: FIXTURES,
    testMatch: ['**/*.jest.js'],
    transform: {},
    cacheDirectory: ctx.file('jest-cache'),
    watchman: false,
    testTimeout: RUN_LIMIT,
  };
  return [path.join(E2E, 'node_modules', 'jest', 'bin', 'jest.js'), how, '--config', JSON.stringify(config)];
}

function vitest(pool) {
  const program = path.join(E2E, 'node_modules', 'vitest', 'vitest.mjs');
  return [
    program,
    'run',
    '--root',
    FIXTURES,
    '--pool',
    pool,
    '--no-file-parallelism',
    `--testTimeout=${RUN_LIMIT}`,
  ];
}

/** One run of a test runner, which has to end well and by itself. */
async function runner(ctx, args, env) {
  const child = spawn(process.execPath, args, { cwd: FIXTURES, env, stdio: ['ignore', 'pipe', 'pipe'] });
  ctx.defer(() => child.kill('SIGKILL'));
  let output = '';
  const collect = (chunk) => (output += chunk);
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const closed = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  const ending = await ctx.within(closed, `${args.slice(1).join(' ')}\n${output}`, RUN_LIMIT);
  assert.strictEqual(ending, 0, `${args.join(' ')}\n${output}`);
}

/** Takes a line with a name and that name's payload, and answers the line when all is right. */
async function answer(ctx, socket, seen) {
  const chunks = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const line = all.subarray(0, all.indexOf('\n')).toString();
  const [who, length] = line.split(' ');
  ctx.sameBytes(all.subarray(line.length + 1), Buffer.alloc(Number(length), who), `bytes of ${who}`);
  assert.strictEqual(Number(length), LENGTH);
  seen.push(who);
  socket.end(line);
}

module.exports = {
  name: 'Test runners: jest, vitest in all its pools, mocha, node --test; by name and under register',
  run,
  limit: 150_000,
};
