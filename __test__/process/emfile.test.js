'use strict';

// A server in a process that has run out of descriptors (EMFILE).

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const core = require('node:net');
const path = require('node:path');
const { createInterface } = require('node:readline');
const test = require('node:test');

const root = path.join(__dirname, '..', '..');
const LIMIT = 64;
const isWindows = process.platform === 'win32';

// Prints its port once all descriptors are taken; a line on stdin frees them.
const source = `
  const fs = require('node:fs');
  const net = require(process.argv[1]);
  const server = net.createServer((socket) => socket.end('hello'));
  server.on('error', (err) => console.log('error', err.code));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const held = [];
    try {
      for (;;) held.push(fs.openSync('/dev/null'));
    } catch (err) {
      console.log(err.code, port);
    }
    process.stdin.once('data', () => {
      for (const fd of held) fs.closeSync(fd);
      console.log('freed');
    });
  });`;

/** A program on this Node with so few descriptors. */
const limited = (program, name) => [
  'sh',
  ['-c', `ulimit -n ${LIMIT} && exec "$0" "$@"`, process.execPath, '-e', program, '--', name],
];

/** What a client gets. */
async function visit(port) {
  const socket = core.connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => (text += part));
  await once(socket, 'close');
  return text;
}

async function trace(t, name, env) {
  const child = spawn(...limited(source, name), {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [code, port] = (await lines.next()).value.split(' ');
  const found = [code, await visit(port), await visit(port)];
  child.stdin.write('go on\n');
  found.push((await lines.next()).value, await visit(port));
  return found;
}

for (const driver of ['inline', 'threaded']) {
  test(`out of descriptors, driver ${driver}: clients see an end, and the server goes on`, async (t) => {
    const found = await trace(t, './index.js', { OXINET_DRIVER: driver });
    assert.deepStrictEqual(found, ['EMFILE', '', '', 'freed', 'hello']);
    assert.deepStrictEqual(found, await trace(t, 'node:net'));
  });
}

// Loads oxinet with no descriptor left, then with one more, and so on; says what each error was.
const loading = `
  const fs = require('node:fs');
  const held = [];
  try {
    for (;;) held.push(fs.openSync('/dev/null'));
  } catch {}
  const found = [];
  for (;;) {
    try {
      require(process.argv[1]);
      break;
    } catch ({ code, syscall }) {
      found.push(code + ' ' + syscall);
    }
    fs.closeSync(held.pop());
  }
  fs.closeSync(held.pop());
  console.log(JSON.stringify(found));`;

test('whoever loads it without descriptors hears that', { skip: isWindows && 'no ulimit' }, () => {
  const [file, args] = limited(loading, './index.js');
  const { stdout, stderr } = spawnSync(file, args, { cwd: root, encoding: 'utf8' });
  assert.strictEqual(stderr, '');
  const found = new Set(JSON.parse(stdout));
  // Of Node, which reads our files; from Node 24 on it says of a package.json that it can't open that it is invalid.
  for (const ofNode of ['EMFILE open', 'ERR_INVALID_PACKAGE_CONFIG undefined']) found.delete(ofNode);
  assert.deepStrictEqual([...found], ['EMFILE start']);
});
