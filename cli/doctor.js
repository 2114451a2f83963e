'use strict';

// `npx oxinet doctor`: what oxinet runs on here, what limits it, and two seconds of comparison with core.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { version } = require('../package.json');
const { denied } = require('../lib/base/permission.js');
const compare = require('./compare.js');

const say = (title, text) => console.log(`${title.padEnd(20)}${text}`);

/** What a file of /proc says, or null where there is none. */
function readProc(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function sayPlatform() {
  const runtime = ['bun', 'deno'].find((name) => process.versions[name] !== undefined);
  const name = runtime ? `${runtime} ${process.versions[runtime]}, as` : '';
  say('Node', `${name} ${process.version} on ${process.platform} ${process.arch}`.trim());
  say('system', `${os.type()} ${os.release()}, ${os.availableParallelism()} processors`);
  if (process.permission) say('permission model', 'on');
}

function sayAddon() {
  const file = Object.keys(require.cache).find((name) => name.endsWith('.node') && name.includes('oxinet'));
  say('add-on', file ? path.relative(process.cwd(), file) : 'the one of NAPI_RS_NATIVE_LIBRARY_PATH');
}

function sayDriver(native, net) {
  let why = "Node's own loop turns it";
  if (native.driver === 'threaded') {
    why =
      process.env.OXINET_DRIVER === 'threaded'
        ? 'a helper thread watches: OXINET_DRIVER=threaded'
        : "a helper thread watches: this runtime has no libuv, or not Linux's epoll";
  }
  say('driver', `${native.driver} (${why})`);
  say(
    'busy polling',
    net.getBusyPoll() === undefined ? 'by itself, where it pays' : `${net.getBusyPoll()} us`,
  );
}

function sayLimits() {
  const limits = readProc('/proc/self/limits');
  const files = /^Max open files +(\S+)/m.exec(limits ?? '')?.[1];
  if (files) say('open files', `${files} at most (ulimit -n)`);
  const proc = '/proc/sys/net';
  const rows = {
    'accept queue': [`${proc}/core/somaxconn`, 'at most, whatever backlog says (net.core.somaxconn)'],
    'half-open': [`${proc}/ipv4/tcp_max_syn_backlog`, 'at most (net.ipv4.tcp_max_syn_backlog)'],
    'congestion control': [`${proc}/ipv4/tcp_congestion_control`, '(net.ipv4.tcp_congestion_control)'],
  };
  for (const [title, [file, text]] of Object.entries(rows)) {
    const value = readProc(file);
    if (value !== null) say(title, `${value} ${text}`);
  }
}

async function sayComparison(net) {
  if (denied('') !== null) {
    say('compared with core', 'not without a network (--allow-net)');
    return;
  }
  const { core, oxinet } = await compare(require('node:net'), net);
  const ratio = (oxinet / core).toFixed(2);
  say('compared with core', `${ratio} (${Math.round(oxinet)} to ${Math.round(core)} echoes a second)`);
  console.log(
    '\nTwo seconds, 16 connections, both ends in this process. See docs/PERFORMANCE.md for what programs gain.',
  );
}

module.exports = async function doctor() {
  console.log(`oxinet ${version}\n`);
  sayPlatform();
  let net;
  try {
    net = require('..');
  } catch (error) {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
    return;
  }
  if (require('../lib/engine/addon.js') === null) {
    process.exitCode = 1;
    return;
  }
  sayAddon();
  sayDriver(require('../lib/engine/native.js'), net);
  sayLimits();
  await sayComparison(net);
};
