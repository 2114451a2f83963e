'use strict';

// The system calls that a header takes fail, one after the other: no connection is left hanging, none is lost from the count, and
// the next ones are served.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const { Control, build, preload, whyNot } = require('../faults/control.js');
const { tmpDir } = require('../helpers/tmp.js');

const root = path.join(__dirname, '..', '..');

// Arms each rule, has a client of core's say something, and prints what came of it.
const PROGRAM = `
  const core = process.getBuiltinModule?.('net') ?? require('net');
  const { once } = require('events');
  const fs = require('fs');
  const net = require('./');
  const { Control } = require('./__test__/faults/control.js');
  const control = new Control(process.env.OXINET_FAULTS);
  const rules = JSON.parse(process.argv.at(-1));
  let told;
  const server = net.createServer({ proxyProtocol: 'require' }, (socket) => {
    socket.on('error', (error) => (told ??= 'error ' + error.code));
    socket.pipe(socket);
  });
  server.on('drop', ({ reason, error }) => (told = [reason, error.code].join(' ')));
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  const visit = async (rule) => {
    told = undefined;
    const client = core.connect(server.address().port, '127.0.0.1');
    client.on('error', () => {});
    let text = '';
    client.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    control.arm(rule === undefined ? [] : [rule]);
    client.end('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\\r\\nhello');
    await new Promise((resolve) => client.once('close', resolve));
    while (server._connections > 0) await new Promise(setImmediate);
    control.disarm();
    return told ?? text;
  };
  server.listen(0, '127.0.0.1', async () => {
    await visit();
    const before = descriptors();
    for (const rule of rules) console.log(JSON.stringify([rule, await visit(rule), await visit()]));
    await new Promise((resolve) => setImmediate(resolve));
    console.log(descriptors() - before);
    server.close();
  });
`;

/** What is taken once the call fails with it; of others the connection ends. */
const PASSING = ['EAGAIN', 'EINTR'];
const ERRNOS = ['EAGAIN', 'EINTR', 'ECONNRESET', 'ETIMEDOUT', 'ENOMEM', 'ENOTCONN', 'EBADF', 'EIO'];

test('each call fails with each error', { skip: whyNot() ?? false }, async (t) => {
  const folder = tmpDir(t);
  const file = path.join(folder, 'control');
  Control.create(file);
  const rules = [
    // The look at the header, the taking of it, and the reads of what follows.
    ...ERRNOS.flatMap((errno) => [1, 2, 3].map((first) => ({ call: 'in', errno, first }))),
    // The taking comes in pieces.
    ...[1, 7, 44].map((most) => ({ call: 'in', most, first: 2, times: 3 })),
    ...['getpeername', 'getsockname'].map((call) => ({ call, errno: 'ENOBUFS', first: 1 })),
    { call: 'epoll_ctl', errno: 'ENOMEM', first: 1 },
    { call: 'epoll_ctl', errno: 'ENOSPC', first: 2 },
  ];
  const env = {
    ...process.env,
    ...preload(build(folder)),
    OXINET_FAULTS: file,
    OXINET_FAULTS_CALLER: 'addon',
  };
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, ['-e', PROGRAM, '--', JSON.stringify(rules)], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.strictEqual(lines.pop(), 0, 'descriptors that were left open');
  assert.strictEqual(lines.length, rules.length);
  for (const [rule, came, next] of lines) {
    const name = JSON.stringify(rule);
    assert.strictEqual(next, 'hello', `after ${name}`);
    if (rule.call === 'in' && rule.errno !== undefined && !PASSING.includes(rule.errno)) {
      const expected = rule.first < 3 ? `proxyProtocol ${rule.errno}` : `error ${rule.errno}`;
      assert.strictEqual(came, expected, name);
    } else if (rule.call === 'epoll_ctl') {
      assert.match(came, /^(hello|proxyProtocol (ENOMEM|ENOSPC)|error (ENOMEM|ENOSPC)|)$/, name);
    } else {
      assert.strictEqual(came, 'hello', name);
    }
  }
});
