'use strict';

// Programs that scenarios need: servers, installed where that can be done, and the user they run as; runtimes besides Node,
// which npm installs where there is one for the platform.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync, spawnSync } = require('node:child_process');

const isRoot = process.getuid?.() === 0;

/** Where a program is, in PATH or in one of the folders given. */
function which(program, folders = []) {
  const places = [...(process.env.PATH ?? '').split(path.delimiter), ...folders];
  return places.map((folder) => path.join(folder, program)).find((file) => fs.existsSync(file));
}

/** Debian keeps PostgreSQL's programs out of PATH, a folder for each version: the newest first. */
function postgresFolders() {
  const root = '/usr/lib/postgresql';
  if (!fs.existsSync(root)) return [];
  const versions = fs.readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => path.join(root, version, 'bin'));
}

/** The packages with the binaries have names for each platform; which of those that npm chose runs here shows when it does. */
function findRuntime(scope, file) {
  const root = path.join(__dirname, '..', 'node_modules', scope);
  if (!fs.existsSync(root)) return undefined;
  const binaries = fs.readdirSync(root).map((name) => path.join(root, name, file));
  return binaries.find((binary) => spawnSync(binary, ['--version'], { timeout: 10_000 }).status === 0);
}

const programs = {
  bun: { npm: '@oven/bun-*', find: () => findRuntime('@oven', path.join('bin', 'bun')) },
  deno: { npm: '@deno/*', find: () => findRuntime('@deno', 'deno') },
  redis: { package: 'redis-server', find: () => which('redis-server') },
  memcached: { package: 'memcached', find: () => which('memcached') },
  postgres: { package: 'postgresql', find: () => which('initdb', postgresFolders()) },
};

/** Installs what is missing where that can be done. Returns why a service can't be had, or undefined. */
function install(name) {
  const program = programs[name];
  if (program.find()) return undefined;
  if (program.npm) return `npm has installed no ${program.npm} package whose binary runs here`;
  if (!isRoot || !which('apt-get')) return `${program.package} is not installed`;
  console.log(`# installing ${program.package}`);
  // RUNLEVEL=1 keeps the package's own service from being started: the tests start theirs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', program.package]]) {
    const { status, stderr } = spawnSync('apt-get', ['-q', ...args], {
      env,
      encoding: 'utf8',
      timeout: 300_000,
    });
    if (status !== 0) return `apt-get ${args[0]} failed: ${stderr?.trim().split('\n').pop()}`;
  }
  return program.find() ? undefined : `${program.package} was installed and is not found`;
}

/** Whom a service runs as: ourselves, unless we are root, which PostgreSQL refuses and Redis needs not. */
function serviceUser(preferred) {
  if (!isRoot) return {};
  for (const user of [preferred, 'nobody']) {
    const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }));
    try {
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('no user to run services as');
}

module.exports = { programs, install, serviceUser, which };
