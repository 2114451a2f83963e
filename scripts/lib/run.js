'use strict';

// Small helpers over child_process shared by the repository's scripts. They need no installed package.

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');

/**
 * The environment for child processes: the caller's, with cargo's default folder appended to PATH, because
 * a shell opened before rustup ran does not know it yet.
 */
function childEnv(extra) {
  const env = { ...process.env };
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const cargoBin = path.join(env.CARGO_HOME ?? path.join(homedir(), '.cargo'), 'bin');
  if (existsSync(cargoBin)) env[key] = `${env[key] ?? ''}${path.delimiter}${cargoBin}`;
  return Object.assign(env, extra);
}

/** Runs a program with its output shown; answers its exit status (a signal or a failed start counts as 1). */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, env: childEnv(), stdio: 'inherit', ...options });
  return result.status ?? 1;
}

/** Runs a program quietly; answers what it printed, or null when it could not start or failed. */
function capture(command, args) {
  const result = spawnSync(command, args, { cwd: root, env: childEnv(), encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** The program file of the npm that started us, for Node to run; undefined when nobody or another tool did. */
function startedBy() {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.[cm]?js$/.test(cli) ? cli : undefined;
}

/** Runs npm: the one that started us when there is one, so that both are the same version. */
function npm(args) {
  const cli = startedBy();
  if (cli) return run(process.execPath, [cli, ...args]);
  // npm is a .cmd file on Windows, which only a shell can start.
  return run('npm', args, { shell: process.platform === 'win32' });
}

module.exports = { root, childEnv, run, capture, npm, startedBy };
