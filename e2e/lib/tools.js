'use strict';

// Projects for the tools that come between a program and Node: bundlers, compilers, package managers. A project is a folder with
// the program of fixtures/tools/body.js in it, which loads the net under test by name, and with oxinet as npm would install it.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { createRequire } = require('node:module');

const E2E = path.join(__dirname, '..');
const REPOSITORY = path.join(E2E, '..');
const RUN_LIMIT = 55_000;
const BODY = fs.readFileSync(path.join(E2E, 'fixtures', 'tools', 'body.js'), 'utf8');

const nameOf = (ctx) => (ctx.impl === 'oxinet' ? 'oxinet' : 'node:net');
const HEADS = {
  cjs: (name) => `const net = require('${name}');\nconst { once } = require('node:events');\n`,
  mjs: (name) => `import net, { connect } from '${name}';\nimport { once } from 'node:events';
if (net.connect !== connect) throw new Error('the names are not those of the module');\n`,
  ts: (name) => `import * as net from '${name}';\nimport { once } from 'node:events';\n`,
};
/** A TypeScript program has types to take away. */
const typed = (text) => text.replace('server.address()', '(server.address() as net.AddressInfo)');

/** The text of the program: `kind` is cjs, mjs or ts. */
function program(ctx, kind) {
  const text = HEADS[kind](nameOf(ctx)) + BODY;
  return kind === 'ts' ? typed(text) : text;
}

/** oxinet's files below `folder`/node_modules, the add-on of this checkout among them. */
function installCopy(folder) {
  const home = path.join(folder, 'node_modules', 'oxinet');
  const { files } = require(path.join(REPOSITORY, 'package.json'));
  const addons = fs.readdirSync(REPOSITORY).filter((name) => name.endsWith('.node'));
  const wanted = ['package.json', ...files.filter((name) => name !== 'src'), ...addons];
  for (const name of wanted)
    fs.cpSync(path.join(REPOSITORY, name), path.join(home, name), { recursive: true });
}

/** A project with the program in all its kinds; oxinet is there unless `bare`. */
function project(ctx, name, { bare = false } = {}) {
  const folder = ctx.file(name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "project", "private": true }\n');
  for (const kind of Object.keys(HEADS))
    fs.writeFileSync(path.join(folder, `echo.${kind}`), program(ctx, kind));
  if (!bare && ctx.impl === 'oxinet') installCopy(folder);
  return folder;
}

/** The file of a package's command, among the drivers of this folder. */
function command(name, bin = name) {
  const require = createRequire(path.join(E2E, 'package.json'));
  const file = path.join(E2E, 'node_modules', name, 'package.json');
  const { bin: bins } = require(file);
  return path.join(path.dirname(file), typeof bins === 'string' ? bins : bins[bin]);
}

/** Runs a program to its end; what it printed. It has to end well. */
async function execute(ctx, file, args, options = {}) {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  ctx.defer(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const closed = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const what = `${path.basename(file)} ${args.join(' ')}`;
  const ending = await ctx.within(closed, what, RUN_LIMIT);
  assert.strictEqual(ending, options.ending ?? 0, `${what}\n${said.out}${said.err}`);
  return { ...said, what };
}

const node = (ctx, args, options) => execute(ctx, process.execPath, args, options);

/** Runs the program by these arguments of Node, and checks what it reports. */
async function runEcho(ctx, args, options = {}) {
  const { file = process.execPath, ...rest } = options;
  const { out, err, what } = await execute(ctx, file, args, rest);
  const { oxinet, sent, got, refused, sockets } = JSON.parse(out);
  assert.strictEqual(oxinet, ctx.impl === 'oxinet', `${what}: which net it runs on`);
  assert.strictEqual(err, '', what);
  ctx.sameBytes(got, sent, what);
  ctx.failure('refused', refused);
  ctx.figures.sockets += sockets;
  ctx.operation();
}

/** The tools do nothing to core's net: the control is the program alone. */
async function runControl(ctx) {
  const folder = project(ctx, 'control');
  for (const kind of ['cjs', 'mjs']) await runEcho(ctx, [`echo.${kind}`], { cwd: folder });
}

module.exports = { command, execute, installCopy, nameOf, node, program, project, runControl, runEcho };
