'use strict';

// The scenario of a runtime besides Node: fixtures/runtimes/echo.cjs runs in it over oxinet, and in Node over core's net as the
// control, so that bytes, error codes and the way a process ends are compared with those.

const assert = require('node:assert');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { programs } = require('./programs');

const E2E = path.join(__dirname, '..');
const ECHO = path.join(E2E, 'fixtures', 'runtimes', 'echo.cjs');
const RUN_LIMIT = 50_000;

/** `args` come before the program's file. */
function scenario(title, program, args) {
  async function run(ctx) {
    const server = ctx.net.createServer((socket) => socket.pipe(socket));
    const { port } = await ctx.listen(server);
    const isControl = ctx.impl === 'core';
    const [command, first] = isControl ? [process.execPath, []] : [programs[program].find(), args];
    const name = isControl ? 'node:net' : path.join(E2E, '..', 'index.js');
    const output = await outputOf(ctx, command, [...first, ECHO, name, port, ctx.file('echo.sock')]);
    note(ctx, JSON.parse(output));
  }
  return { name: title, needs: [program], optional: true, run };
}

/** What the program prints. It has to end well, by itself, and without a word of complaint. */
async function outputOf(ctx, command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  ctx.defer(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const closed = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  const ending = await ctx.within(closed, `${command} ${args.join(' ')}`, RUN_LIMIT);
  assert.deepStrictEqual({ ending, complaint: said.err }, { ending: 0, complaint: '' }, said.out);
  return said.out;
}

function note(ctx, { hashes, failures, sockets }) {
  for (const { what, length, actual, expected } of hashes) ctx.sameHash(actual, expected, length, what);
  for (const [what, code] of Object.entries(failures)) ctx.failure(what, code);
  ctx.figures.sockets += sockets;
  ctx.operation(hashes.length);
}

module.exports = { scenario };
