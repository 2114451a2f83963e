'use strict';

// The process that a scenario runs in: argv is the scenario's file, the implementation and a folder for its files.
// With oxinet it was started with `--require register.js`, so nothing here names oxinet.

const { Context } = require('./context');

const [file, impl, dir] = process.argv.slice(2);
const scenario = require(file);

const pending = new Map();
let requests = 0;

function request(message) {
  return new Promise((resolve, reject) => {
    const id = ++requests;
    pending.set(id, { resolve, reject });
    process.send({ type: 'request', id, ...message });
  });
}

process.on('message', ({ type, id, error, value }) => {
  if (type !== 'reply') return;
  const { resolve, reject } = pending.get(id);
  pending.delete(id);
  if (error) reject(new Error(error));
  else resolve(value);
});

let context;

async function main() {
  const started = process.hrtime.bigint();
  context = new Context({ impl, dir, request });
  const problems = [];
  await scenario.run(context).catch((error) => problems.push(error));
  const milliseconds = Number((process.hrtime.bigint() - started) / 1_000_000n);
  await context.cleanUp().catch((error) => problems.push(error));
  const { figures, failures, notes } = context;
  if (problems.length === 0) problems.push(...unproven(figures, failures));
  report({ figures, failures, notes, milliseconds, problems: problems.map(explain) });
}

/** A scenario that checked no socket, compared no bytes or met no failure has shown nothing. */
function unproven({ sockets, hashes, operations }, failures) {
  const counts = { sockets, hashes, operations, failures: Object.keys(failures).length };
  const missing = Object.keys(counts).filter((name) => counts[name] === 0);
  return missing.map((name) => new Error(`the scenario is incomplete: no ${name}`));
}

function explain(error) {
  return error instanceof Error ? error.stack : String(error);
}

/** From here on nothing but a handle that was left open keeps the process alive; the runner waits for its exit. */
function report(result) {
  if (!process.connected) return;
  process.send({ type: 'result', ...result }, () => {
    if (result.problems.length > 0) process.exit(1);
    process.disconnect();
  });
  const grace = setTimeout(() => {
    console.error(`still open: ${process.getActiveResourcesInfo().join(', ')}`);
  }, 5_000);
  grace.unref();
}

process.on('uncaughtException', (error) => {
  const { figures, failures } = context ?? {};
  report({ figures, failures, problems: [`uncaught: ${explain(error)}`] });
});

main();
