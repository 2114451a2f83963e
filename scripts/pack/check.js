'use strict';

// `npm run pack:check`: builds every add-on that can be built here, makes the packages, installs them from a registry on the
// loopback as users of several platforms would, and runs programs on this one with no compiler in reach.
//
//   node scripts/pack/check.js                 all targets
//   node scripts/pack/check.js --only REGEX    only these targets; the others count as not asked for
//   node scripts/pack/check.js --host          only this machine's own: what is made names no package that is published nowhere
//   node scripts/pack/check.js --complete      fails where one can't be built, instead of saying so
//   node scripts/pack/check.js --out DIR       leaves the packages there
//   node scripts/pack/check.js --from DIR      builds nothing: checks those

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { root, startedBy } = require('../lib/run.js');
const { OLDEST_GLIBC, ZIG, buildAll, hostTarget, wantsGlibc } = require('./targets.js');
const { neededGlibc, newer } = require('./glibc.js');
const { faultOf, readDll } = require('./dll.js');
const { makePackages, readPackages } = require('./packages.js');
const { serve } = require('./registry.js');
const { lintPackages } = require('./lint.js');
const { PROGRAMS, writePrograms } = require('./programs.js');

const MOST_UNPACKED = 3e6;
/** What npm is told the machine is, and the package that it is to choose. */
const MACHINES = [
  { os: 'linux', cpu: 'x64', libc: 'glibc', name: 'linux-x64-gnu' },
  { os: 'linux', cpu: 'x64', libc: 'musl', name: 'linux-x64-musl' },
  { os: 'linux', cpu: 'arm64', libc: 'glibc', name: 'linux-arm64-gnu' },
  { os: 'linux', cpu: 'arm64', libc: 'musl', name: 'linux-arm64-musl' },
  { os: 'darwin', cpu: 'arm64', name: 'darwin-arm64' },
  { os: 'darwin', cpu: 'x64', name: 'darwin-x64' },
  { os: 'win32', cpu: 'x64', name: 'win32-x64-gnu' },
  { os: 'win32', cpu: 'arm64', name: 'win32-arm64-gnullvm' },
  { os: 'freebsd', cpu: 'x64', name: null },
];

class CheckError extends Error {}

function check(holds, text) {
  if (!holds) throw new CheckError(text);
}

/** Runs a program; what it printed. The registry is ours to serve meanwhile. */
function execute(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else
        reject(
          new CheckError(`${path.basename(file)} ${args.join(' ')}: exit ${status}\n${output}${errors}`),
        );
    });
  });
}

/** npm as a file that Node can run: the one that started us, or else the one beside node. */
function npmCli() {
  const given = startedBy();
  if (given) return given;
  const found = path.join(
    fs.realpathSync(process.execPath),
    '..',
    '..',
    'lib/node_modules/npm/bin/npm-cli.js',
  );
  check(fs.existsSync(found), 'npm was not found: run this by `npm run pack:check`');
  return found;
}

/** A folder that has node and nothing else, to be the whole PATH. */
function bareBin(folder) {
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(bin);
  fs.symlinkSync(process.execPath, path.join(bin, 'node'));
  return bin;
}

/** Installs oxinet into an empty project for a machine; the names of the add-on packages that came with it. */
async function install(context, name, flags) {
  const folder = path.join(context.work, 'projects', name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "empty", "private": true }\n');
  const args = [
    'install',
    'oxinet',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `--registry=${context.url}`,
  ];
  const cache = `--cache=${path.join(context.work, 'cache')}`;
  const env = { ...context.env, npm_config_update_notifier: 'false' };
  await execute(process.execPath, [context.npm, ...args, cache, ...flags], { cwd: folder, env });
  const installed = fs
    .readdirSync(path.join(folder, 'node_modules'))
    .filter((one) => one.startsWith('oxinet-'));
  return { folder, installed };
}

async function checkMachines(context, built) {
  for (const { name, ...machine } of MACHINES) {
    const flags = Object.entries(machine).map(([key, value]) => `--${key}=${value}`);
    const { installed } = await install(context, `for-${name ?? 'none'}`, flags);
    const expected = built.has(name) ? [`oxinet-${name}`] : [];
    check(
      installed.join() === expected.join(),
      `npm install ${flags.join(' ')} chose ${installed.join() || 'nothing'}, not ${expected.join() || 'nothing'}`,
    );
    console.log(`install ${flags.join(' ')}: ${installed.join() || 'no add-on, as there is none'}`);
  }
}

async function checkPrograms(context) {
  const { folder, installed } = await install(context, 'here', []);
  check(installed.length === 1, `npm install chose ${installed.join() || 'nothing'} here`);
  writePrograms(folder);
  for (const { title, args, prints } of PROGRAMS) {
    const output = await execute(process.execPath, args(root), { cwd: folder, env: context.env });
    check(output === prints, `${title}: it printed ${JSON.stringify(output)}`);
    console.log(`run ${title}: ok`);
  }
}

function report(packages) {
  for (const { name, size, unpackedSize, files } of packages) {
    const kilo = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
    console.log(`${name}: ${kilo(size)} packed, ${kilo(unpackedSize)} unpacked, ${files.length} files`);
    check(unpackedSize < MOST_UNPACKED, `${name} unpacks to more than ${kilo(MOST_UNPACKED)}`);
    check(
      !files.some(({ path: file }) => /(^|\/)(target|node_modules|__test__)\//.test(file)),
      `${name} has what it should not`,
    );
  }
}

/** What zig has linked for glibc loads with the oldest one that is promised. */
function checkGlibc(rows) {
  for (const { target, name, file, how } of rows) {
    if (how !== ZIG || !wantsGlibc(target)) continue;
    const needed = neededGlibc(file);
    console.log(`glibc ${name}: ${needed} or newer`);
    check(
      needed !== null && !newer(needed, OLDEST_GLIBC),
      `${name} wants glibc ${needed}, not ${OLDEST_GLIBC}`,
    );
  }
}

/** Windows finds all that an add-on needs. */
function checkDlls(rows) {
  for (const { name, file } of rows.filter((row) => row.file && row.name.startsWith('win32-'))) {
    const dll = readDll(file);
    const fault = faultOf(dll, name.split('-')[1]);
    check(fault === null, `${name}: ${fault}`);
    console.log(`DLLs of Windows that ${name} needs: ${dll.imports.join(', ')}`);
  }
}

/** Builds and packs; the packages, the main one first. */
async function make(work, { host, only, complete }) {
  const asked = host ? `^${hostTarget()}$` : only;
  const rows = buildAll(path.join(work, 'addons'), asked ? new RegExp(asked) : null);
  for (const { target, how } of rows) console.log(`build ${target}: ${how}`);
  const missing = rows.filter(({ file }) => file === null).map(({ name }) => name);
  if (missing.length > 0) console.log(`pack:check: NOT BUILT HERE: ${missing.join(', ')} (reasons above)`);
  check(!complete || missing.length === 0, 'not all targets were built');
  checkGlibc(rows);
  checkDlls(rows);
  return makePackages(rows, work);
}

async function checkPackages(work, packages) {
  const registry = await serve(packages);
  try {
    const env = { PATH: bareBin(work), HOME: work };
    const context = { work, url: registry.url, npm: npmCli(), env };
    await checkMachines(context, new Set(packages.map(({ name }) => name.replace('oxinet-', ''))));
    await checkPrograms(context);
  } finally {
    registry.close();
  }
}

async function main() {
  const options = {
    host: { type: 'boolean' },
    only: { type: 'string' },
    out: { type: 'string' },
    from: { type: 'string' },
    complete: { type: 'boolean' },
  };
  const { values } = parseArgs({ options });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-pack-'));
  try {
    const packages = values.from ? readPackages(path.resolve(values.from), work) : await make(work, values);
    report(packages);
    const found = await lintPackages(packages, execute);
    check(found === '', found);
    console.log('publint, attw: nothing found');
    await checkPackages(work, packages);
    if (values.out) fs.mkdirSync(values.out, { recursive: true });
    for (const { tarball } of values.out ? packages : [])
      fs.copyFileSync(tarball, path.join(values.out, path.basename(tarball)));
    console.log(
      `pack:check: ${packages.length - 1} add-ons packed and installed, ${PROGRAMS.length} programs run`,
    );
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    console.error(`pack:check: FAILED: ${error.message}`);
    process.exitCode = 1;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

main();
