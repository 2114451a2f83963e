'use strict';

// Names of Unix sockets as bytes: abstract ones of exactly those bytes (D-Bus), and paths that are no text.

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const net = require('../../index.js');
const { isUnixListed } = require('../helpers/kernel-sockets.js');
const { python, runPython } = require('../helpers/python.js');
const { tmpDir } = require('../helpers/tmp.js');

const linux = { skip: process.platform !== 'linux' && 'abstract names are of Linux' };
const withPython = { skip: linux.skip || python.skip };
const unix = { skip: process.platform === 'win32' && 'no Unix sockets' };

let names = 0;
/** A name that nobody else has. */
const nameOf = (...parts) =>
  Buffer.concat([
    Buffer.from(`\0oxinet-${process.pid}-${names++}-`),
    ...parts.map((part) => Buffer.from(part)),
  ]);

const ODD = {
  'plain text': 'text',
  'NULs within': 'a\0b\0\0c',
  'NULs at the end': 'a\0\0',
  'bytes that are no UTF-8': [0xff, 0xfe, 0x80, 0xc3],
  'all sorts': [0, 0xff, 10, 64, 0, 0x80, 0],
};

/** Whether the kernel lists it, with @ for NULs (proc(5)); exact but for these. */
const isListed = (name) => isUnixListed(Buffer.from(name.map((byte) => byte || 64)).toString('latin1'));

for (const [what, rest] of Object.entries(ODD)) {
  test(`an abstract name: ${what}`, withPython, async (t) => {
    const name = nameOf(rest);
    const server = net.createServer((socket) => socket.end('hello')).listen({ path: name });
    t.after(() => server.close());
    await once(server, 'listening');
    assert.ok(isListed(name), 'not in /proc/net/unix');
    assert.deepStrictEqual(server.address(), name);
    // A copy.
    server.address().fill(1);
    assert.deepStrictEqual(server.address(), name);
    const other = runPython(
      t,
      `
name = bytes.fromhex(sys.argv[1])
s = socket.socket(socket.AF_UNIX)
s.connect(name)
say(s.getpeername().hex(), s.recv(100).decode())
for wrong in (name + b'\\0', name[:-1]):
    try:
        socket.socket(socket.AF_UNIX).connect(wrong)
        say('connected to another name')
    except ConnectionRefusedError:
        say('refused')
`,
      [name.toString('hex')],
    );
    assert.strictEqual(await other.line(), `${name.toString('hex')} hello`);
    assert.strictEqual(await other.line(), 'refused');
    assert.strictEqual(await other.line(), 'refused');
  });

  test(`connecting to an abstract name: ${what}`, withPython, async (t) => {
    const name = nameOf(rest);
    const other = runPython(
      t,
      `
s = socket.socket(socket.AF_UNIX)
s.bind(bytes.fromhex(sys.argv[1]))
s.listen()
say('listening')
connection, _ = s.accept()
connection.sendall(b'from python')
connection.close()
`,
      [name.toString('hex')],
    );
    await other.line();
    const given = new Uint8Array(name);
    const socket = net.connect({ path: given });
    // The caller's memory is the caller's.
    given.fill(0);
    assert.strictEqual((await once(socket, 'data'))[0].toString(), 'from python');
    await once(socket, 'close');
  });
}

test('the longest name has 108 bytes', linux, async (t) => {
  const name = nameOf();
  const longest = Buffer.concat([name, Buffer.alloc(108 - name.length, 'x')]);
  const server = net.createServer().listen({ path: longest });
  t.after(() => server.close());
  await once(server, 'listening');
  assert.ok(isListed(longest));
  const client = net.connect({ path: longest });
  await once(client, 'connect');
  client.destroy();
  if (Number(process.versions.node.split('.')[0]) < 24) return;
  const [error] = await once(net.connect({ path: Buffer.concat([longest, Buffer.from('x')]) }), 'error');
  assert.strictEqual(error.code, 'EINVAL');
});

test('text and bytes of the same name are the same', linux, async (t) => {
  const name = nameOf('text').toString();
  const server = net.createServer((socket) => socket.end()).listen(name);
  t.after(() => server.close());
  await once(server, 'listening');
  assert.strictEqual(server.address(), name);
  const client = net.connect({ path: Buffer.from(name) });
  await once(client.resume(), 'close');
});

test('a path that is no text', linux, async (t) => {
  const folder = tmpDir(t);
  const file = Buffer.concat([Buffer.from(folder), Buffer.from([47, 0xff, 0xe4, 0x2e, 0x73])]);
  const server = net.createServer((socket) => socket.end('hello')).listen({ path: file, mode: 0o600 });
  await once(server, 'listening');
  assert.ok(fs.statSync(file).isSocket());
  assert.deepStrictEqual(fs.readdirSync(folder, 'buffer'), [file.subarray(-4)]);
  const client = net.connect({ path: file });
  assert.strictEqual((await once(client, 'data'))[0].toString(), 'hello');
  server.close();
  await once(server, 'close');
  assert.deepStrictEqual(fs.readdirSync(folder), []);
});

test('errors name it as text', unix, async (t) => {
  const file = path.join(tmpDir(t), 'nobody.sock');
  const client = net.connect({ path: Buffer.from(file) });
  const attempt = once(client, 'connectionAttemptFailed');
  client.on('error', () => {});
  const [name, , , error] = await attempt;
  assert.deepStrictEqual([name, error.address, error.code], [file, file, 'ENOENT']);
  assert.strictEqual(error.message, `connect ENOENT ${file}`);
  const server = net.createServer().listen({ path: Buffer.from(`${file}/below`) });
  const [refused] = await once(server, 'error');
  assert.strictEqual(refused.address, `${file}/below`);
});

test('a NUL within a path, and what is no path, are refused as with text', unix, async () => {
  const [error] = await once(net.connect({ path: Buffer.from('/tmp/a\0b') }), 'error');
  assert.strictEqual(error.code, 'EINVAL');
  const [refused] = await once(net.createServer().listen({ path: Buffer.from('/tmp/a\0b') }), 'error');
  assert.strictEqual(refused.code, 'EINVAL');
  for (const odd of [new Uint8Array(0), new ArrayBuffer(4), [47, 97], new Uint16Array(2), 5, {}]) {
    assert.throws(() => net.connect({ path: odd }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => net.createServer().listen({ path: odd }), { code: 'ERR_INVALID_ARG_VALUE' });
  }
});
