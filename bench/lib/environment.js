'use strict';

// What a result has to say about where it was measured; nothing that names the machine.

const fs = require('node:fs');
const os = require('node:os');
const { execFileSync } = require('node:child_process');
const { ROOT } = require('./implementations');
const { runtimePath } = require('./sample');

function output(file, args) {
  return execFileSync(file, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** Linux: what TCP sockets get that don't choose. */
function congestionControl() {
  try {
    return fs.readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0].model.trim(),
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    congestionControl: congestionControl(),
    load: os.loadavg()[0],
  };
}

function versions(node, columns) {
  const found = JSON.parse(output(node, ['-p', 'JSON.stringify(process.versions)']));
  const list = { node: found.node, v8: found.v8, uv: found.uv };
  if (columns.includes('oxinet')) list.oxinet = require(`${ROOT}/package.json`).version;
  for (const runtime of ['bun', 'deno']) {
    if (columns.includes(runtime))
      list[runtime] = /\d+\.\d+\.\d+/.exec(output(runtimePath(runtime), ['--version']))[0];
  }
  return list;
}

/** The commit, and whether tracked files differ from it. */
function commit() {
  try {
    const changed = output('git', ['status', '--porcelain', '--untracked-files=no']) !== '';
    return { commit: output('git', ['rev-parse', '--short', 'HEAD']), changed };
  } catch {
    return { commit: 'unknown', changed: false };
  }
}

/** Settings of the add-on that were in force, so that a result for the fallback driver can't be mistaken. */
function settings() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OXINET_')));
}

module.exports = { commit, machine, settings, versions };
