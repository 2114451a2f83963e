'use strict';

// The rooms of lib/, held to their order: a file may use its own room and those below it, and no files use one another
// in a circle. tests/layers.rs is the same for src/.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const root = path.join(__dirname, '..', '..');
const lib = path.join(root, 'lib');

/** From the bottom up. `register` is loaded into programs before anything else and uses nothing but itself. */
const ORDER = ['base', 'patches', 'engine', 'handle', 'core', 'socket', 'server', 'handover'];
const ALONE = 'register';
const FACES = ['index.js', 'net.mjs', 'promises.js', 'register.js'];

function files(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return files(file);
    return /\.m?js$/.test(entry.name) ? [file] : [];
  });
}

/** `[from, to]` for each require() of a file by its path, relative to `folder`. */
function arrows(sources, folder) {
  return sources.flatMap(([file, text]) => {
    const code = text.replace(/^\s*\/\/.*$|\/\*[^]*?\*\//gm, '');
    return [...code.matchAll(/require\(\s*['"](\.[^'"]*)['"]\s*\)/g)].map(([, target]) => [
      path.relative(folder, file),
      path.relative(folder, path.resolve(path.dirname(file), target)),
    ]);
  });
}

const roomOf = (file) => file.split(path.sep)[0];

/** What is wrong with an arrow, or null. */
function fault([from, to]) {
  const [source, target] = [roomOf(from), roomOf(to)];
  if (to === path.join('..', 'package.json') && from === path.join('engine', 'addon.js')) return null;
  if (source === target) return null;
  if (source === ALONE || target === ALONE) return `${from} -> ${to}: ${ALONE} stands alone`;
  if (!ORDER.includes(target)) return `${from} -> ${to}: not a room`;
  return ORDER.indexOf(target) < ORDER.indexOf(source) ? null : `${from} -> ${to} points up`;
}

/** The files of one circle, if there is any. */
function circle(list) {
  const targets = groupByFrom(list);
  const done = new Set();
  const visit = (file, trail) => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const [, to] of targets.get(file) ?? []) {
      const found = visit(to, [...trail, file]);
      if (found) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of targets.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return null;
}

function groupByFrom(list) {
  const groups = new Map();
  for (const arrow of list) groups.set(arrow[0], [...(groups.get(arrow[0]) ?? []), arrow]);
  return groups;
}

const sources = files(lib).map((file) => [file, fs.readFileSync(file, 'utf8')]);

test('every file of lib/ stands in a room', () => {
  const rooms = new Set(sources.map(([file]) => roomOf(path.relative(lib, file))));
  assert.deepStrictEqual([...rooms].sort(), [...ORDER, ALONE].sort());
  assert.ok(sources.length > 30, 'the sources were not found');
});

test('no room of lib/ uses one above it, and no files use one another in a circle', () => {
  const list = arrows(sources, lib);
  assert.ok(list.length > 60, 'the require() calls were not found');
  assert.deepStrictEqual(list.map(fault).filter(Boolean), []);
  assert.strictEqual(circle(list), null);
});

test('nothing in lib/ uses a face', () => {
  const faces = FACES.map((name) => path.join('..', name));
  assert.deepStrictEqual(
    arrows(sources, lib).filter(([, to]) => faces.includes(to)),
    [],
  );
});

test('the rules find a seeded fault', () => {
  const seed = (from, to) => arrows([[path.join(lib, from), `require('${to}')`]], lib);
  assert.match(fault(seed('base/errors.js', '../socket/socket.js')[0]), /points up/);
  assert.match(fault(seed('handle/stream.js', '../register/install.js')[0]), /stands alone/);
  assert.match(fault(seed('socket/write.js', '../../index.js')[0]), /not a room/);
  assert.strictEqual(fault(seed('socket/write.js', '../base/errors.js')[0]), null);
  const round = [
    ...seed('socket/a.js', './b.js'),
    ...seed('socket/b.js', './c.js'),
    ...seed('socket/c.js', './a.js'),
  ];
  assert.strictEqual(circle(round).length, 4);
});
