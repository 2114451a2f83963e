'use strict';

// Whether methods of Node's streams are Node's still is found out by stacks: what a program does to those must not hide its own.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const FILE = path.join(__dirname, '..', '..', 'lib', 'base', 'unpatched.js');
const WRAPPED = `const { EventEmitter } = require('node:events');
const { emit } = EventEmitter.prototype;
EventEmitter.prototype.emit = { ['NAME'](...args) { return Reflect.apply(emit, this, args); } }['NAME'];`;

/** What of Node is trusted after a program has begun with `before`. */
function trusted(before) {
  const program = `${before}
    const found = require(${JSON.stringify(FILE)});
    console.log(['emit', 'push', 'streamPipe', 'streamRead', 'streamWrite'].filter((name) => found[name] !== null).join());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.strictEqual(stderr, '');
  return stdout.trim();
}

test('all of it where nothing is wrapped', () => {
  assert.strictEqual(trusted(''), 'emit,push,streamPipe,streamRead,streamWrite');
});

test('not what a program has wrapped', () => {
  assert.strictEqual(trusted(WRAPPED.replaceAll('NAME', 'emit')), 'streamRead,streamWrite');
});

test('each method by itself', () => {
  for (const [name, own] of Object.entries({
    push: 'push',
    pipe: 'streamPipe',
    read: 'streamRead',
    write: 'streamWrite',
  })) {
    const wrapped = `const { Duplex } = require('node:stream');
      const { ${name} } = Duplex.prototype;
      Duplex.prototype.${name} = function (...args) { return Reflect.apply(${name}, this, args); };`;
    assert.doesNotMatch(trusted(wrapped), new RegExp(own), name);
  }
});

test('what a program has set of Error stays', () => {
  const program = `Error.stackTraceLimit = 3; require(${JSON.stringify(FILE)}); console.log(Error.stackTraceLimit);`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.strictEqual(stdout, '3\n');
});

test("not where the wrapper's name is like those of Node's files", () => {
  assert.strictEqual(trusted(WRAPPED.replaceAll('NAME', 'node:emit')), 'streamRead,streamWrite');
});

test('not where a tool leaves the frame of the wrapper out of stacks', () => {
  const hide = `Error.prepareStackTrace = (error, frames) => ['Error', ...frames
    .filter((frame) => frame.getFileName()?.startsWith('node:'))
    .map((frame) => '    at ' + frame)].join('\\n');`;
  assert.strictEqual(trusted(hide + WRAPPED.replaceAll('NAME', 'emit')), 'streamRead,streamWrite');
});

test('all of it where stacks are made by a program, which keeps its function', () => {
  const sites = 'Error.prepareStackTrace = (error, frames) => frames;';
  assert.strictEqual(trusted(sites), 'emit,push,streamPipe,streamRead,streamWrite');
  const { stdout } = spawnSync(
    process.execPath,
    ['-e', `${sites} require(${JSON.stringify(FILE)}); console.log(Array.isArray(new Error().stack));`],
    { encoding: 'utf8' },
  );
  assert.strictEqual(stdout, 'true\n');
});

test('a proxy of a bound function is not taken for it', () => {
  const { isBound } = require('../../lib/base/unpatched.js');
  const bound = function listener() {}.bind(null);
  assert.ok(isBound(bound, 'listener'));
  assert.ok(!isBound(new Proxy(bound, {}), 'listener'));
});
