'use strict';

// docs/PARITY.md has a row for every member of net, every row has a verdict and a test, and each test exists.

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');

const ROOT = path.join(__dirname, '..');
const FOLDER = path.join(__dirname, 'parity');
const VERDICTS = ['same', 'differs', 'beyond'];

const SERVER_EVENTS = ['close', 'connection', 'drop', 'error', 'listening'];
const SOCKET_EVENTS = [
  ...['close', 'connect', 'connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout', 'data'],
  ...['drain', 'end', 'error', 'lookup', 'ready', 'timeout'],
];
const OPTIONS = {
  createServer: [
    ...['allowHalfOpen', 'pauseOnConnect', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'highWaterMark'],
    'blockList',
  ],
  listen: [
    ...[
      'port',
      'host',
      'path',
      'backlog',
      'exclusive',
      'ipv6Only',
      'reusePort',
      'readableAll',
      'writableAll',
    ],
    ...['signal', 'fd', 'handle'],
  ],
  connect: [
    ...['port', 'host', 'path', 'localAddress', 'localPort', 'family', 'hints', 'lookup', 'timeout'],
    ...['autoSelectFamily', 'autoSelectFamilyAttemptTimeout'],
  ],
  'new Socket': [
    ...['fd', 'allowHalfOpen', 'readable', 'writable', 'onread', 'signal', 'handle', 'noDelay', 'keepAlive'],
    ...['keepAliveInitialDelay', 'typeOfService', 'blockList', 'highWaterMark'],
  ],
};
// On a prototype, but not for programs.
const INNER = ['constructor'];
// Documented, but on no prototype: own properties, symbols, and what comes from the stream.
const OTHERS = [
  ...[
    'server.maxConnections',
    'server.dropMaxConnection',
    'server.connections',
    'server[Symbol.asyncDispose]',
  ],
  ...[
    'server[Symbol.asyncIterator]',
    'socket.connecting',
    'socket.destroyed',
    'socket.timeout',
    'socket.server',
  ],
  ...['socket.autoSelectFamilyAttemptedAddresses', 'socket.destroy', 'socket.write', 'socket.setEncoding'],
  ...['socket.getTypeOfService', 'socket.setTypeOfService', 'net.BoundSocket', 'net.promises'],
  ...['boundSocket.address', 'boundSocket.fd', 'boundSocket.close', 'boundSocket.isPipe'],
];

/** The cells of the tables' rows, without the heads. */
function readRows() {
  const lines = fs.readFileSync(path.join(ROOT, 'docs', 'PARITY.md'), 'utf8').split('\n');
  const rows = lines.filter((line) => line.startsWith('|') && !/^\|\s*(-+|Item)\s*\|/.test(line));
  return rows.map((line) => {
    const [item, since, verdict, note, tests] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    const names = tests.split('<br>').map((name) => name.trim().replace(/^`|`$/g, ''));
    return { item, since, verdict, note, tests: names.filter(Boolean) };
  });
}

function readScenarios() {
  process.env.PARITY_LIST = '1';
  for (const file of fs.readdirSync(FOLDER)) {
    if (file.endsWith('.test.js')) require(path.join(FOLDER, file));
  }
  return require(path.join(FOLDER, 'harness.js')).listed;
}

const rows = readRows();
const scenarios = readScenarios();
// `server.listen()` and `server.listen` name the same member.
const items = new Set(rows.flatMap(({ item }) => [item, item.replace(/^`|`$/g, '').replace(/\(\)$/, '')]));

function expectRows(names) {
  const missing = names.filter((name) => !items.has(name));
  assert.deepStrictEqual(missing, []);
}

function members(object, prefix) {
  const names = Object.getOwnPropertyNames(object).filter((name) => !name.startsWith('_'));
  return names.filter((name) => !INNER.includes(name)).map((name) => `${prefix}.${name}`);
}

test('every export of net has a row', () => {
  expectRows(Object.keys(net).map((name) => `net.${name}`));
});

test('every member of the prototypes has a row', () => {
  expectRows(members(net.Server.prototype, 'server'));
  expectRows(members(net.Socket.prototype, 'socket'));
});

test('every export and member of this package has a row', () => {
  const ours = require('..');
  expectRows(members(ours, 'net'));
  expectRows(members(ours.Server.prototype, 'server'));
  expectRows(members(ours.Socket.prototype, 'socket'));
  expectRows(members(ours.BoundSocket.prototype, 'boundSocket'));
});

test('every event, every option and every other documented member has a row', () => {
  expectRows(SERVER_EVENTS.map((name) => `server '${name}'`));
  expectRows(SOCKET_EVENTS.map((name) => `socket '${name}'`));
  for (const [call, names] of Object.entries(OPTIONS))
    expectRows(names.map((name) => `${call}({ ${name} })`));
  expectRows(OTHERS);
});

test('every row has a verdict, a difference its reason, and none is there twice', () => {
  assert.deepStrictEqual(
    rows.filter(({ verdict }) => !VERDICTS.includes(verdict)),
    [],
  );
  assert.deepStrictEqual(
    rows.filter(({ verdict, note }) => verdict === 'differs' && note === ''),
    [],
  );
  const names = rows.map(({ item }) => item);
  assert.deepStrictEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
});

function isTestFile(name) {
  const file = path.join(ROOT, name);
  if (name.endsWith('.test.js')) return fs.existsSync(file);
  return name.endsWith('.rs') && fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('#[test]');
}

test('every row names tests, and each of them exists', () => {
  const known = new Set(scenarios.map(({ name }) => name));
  for (const { item, tests } of rows) {
    assert.notStrictEqual(tests.length, 0, `${item} names no test`);
    for (const name of tests) {
      assert.ok(known.has(name) || isTestFile(name), `${item}: there is no test '${name}'`);
    }
  }
});

test('every deliberate difference of a scenario is named by a row that differs or goes beyond', () => {
  const named = new Set(rows.filter(({ verdict }) => verdict !== 'same').flatMap(({ tests }) => tests));
  const silent = scenarios.filter(({ name, differs }) => differs && !named.has(name));
  assert.deepStrictEqual(silent, []);
});

test('scenario names are unique', () => {
  const names = scenarios.map(({ name }) => name);
  assert.deepStrictEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
});

test('each of the 38 traps that other implementations fell into is a scenario', () => {
  const traps = new Set(scenarios.map(({ name }) => /^trap (\d\d):/.exec(name)?.[1]));
  const missing = Array.from({ length: 38 }, (_, i) => String(i + 1).padStart(2, '0')).filter(
    (n) => !traps.has(n),
  );
  assert.deepStrictEqual(missing, []);
});
