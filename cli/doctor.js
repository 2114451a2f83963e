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

/** A file as seen from here, if here is anywhere. */
function nameOf(file) {
  try {
    return path.relative(process.cwd(), file);
  } catch {
    return file;
  }
}

function sayAddon() {
  const file = Object.keys(require.cache).find((name) => name.endsWith('.node') && name.includes('oxinet'));
  say('add-on', file ? nameOf(file) : 'the one of NAPI_RS_NATIVE_LIBRARY_PATH');
}

/** Why the driver is the threaded one. */
function whyThreaded({ driverReason }) {
  if (process.env.OXINET_DRIVER === 'threaded') return 'OXINET_DRIVER=threaded';
  if (process.versions.bun || process.versions.deno) return 'this runtime has no libuv';
  if (process.platform !== 'linux') return "the other one takes Linux's epoll";
  return driverReason || "libuv's functions are not in this process";
}

function sayDriver(native, net) {
  const isThreaded = native.driver === 'threaded';
  const why = isThreaded ? `a helper thread watches: ${whyThreaded(native)}` : "Node's own loop turns it";
  say('driver', `${native.driver} (${why})`);
  say(
    'busy polling',
    net.getBusyPoll() === undefined ? 'by itself, where it pays' : `${net.getBusyPoll()} us`,
  );
}

/** What the system grants, as rows. */
function readLimits() {
  const proc = '/proc/sys/net';
  const rows = {
    'accept queue': [`${proc}/core/somaxconn`, 'at most, whatever backlog says (net.core.somaxconn)'],
    'half-open': [`${proc}/ipv4/tcp_max_syn_backlog`, 'at most (net.ipv4.tcp_max_syn_backlog)'],
    'congestion control': [`${proc}/ipv4/tcp_congestion_control`, '(net.ipv4.tcp_congestion_control)'],
  };
  const found = Object.entries(rows).map(([title, [file, text]]) => [title, readProc(file), text]);
  const files = /^Max open files +(\S+)/m.exec(readProc('/proc/self/limits') ?? '')?.[1] ?? null;
  return [['open files', files, 'at most (ulimit -n)'], ...found].filter(([, value]) => value !== null);
}

function sayLimits(limits) {
  for (const [title, value, text] of limits) say(title, `${value} ${text}`);
}

async function sayComparison(net, limits) {
  if (denied('') !== null) {
    say('compared with core', 'not without a network (--allow-net)');
    return;
  }
  const core = require('node:net');
  let rates;
  try {
    if (core === net) throw new Error("something gives oxinet for core's net, too");
    rates = await compare(core, net);
  } catch (error) {
    const [, files] = limits.find(([title]) => title === 'open files') ?? [];
    const why = files < compare.DESCRIPTORS ? 'it opens more than so few files' : error.message;
    say('compared with core', `not possible here: ${why}`);
    process.exitCode = 1;
    return;
  }
  const ratio = (rates.oxinet / rates.core).toFixed(2);
  const [ours, cores] = [rates.oxinet, rates.core].map(Math.round);
  say('compared with core', `${ratio} (${ours} to ${cores} echoes a second)`);
  console.log(
    '\nTwo seconds, 16 connections, both ends in this process. See docs/PERFORMANCE.md for what programs gain.',
  );
}

module.exports = async function doctor() {
  console.log(`oxinet ${version}\n`);
  sayPlatform();
  // Now: where descriptors are short, there may be none left for it later.
  const limits = readLimits();
  let net;
  try {
    net = require('..');
  } catch (error) {
    // One of these may be the cause.
    sayLimits(limits);
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
  sayLimits(limits);
  await sayComparison(net, limits);
};
