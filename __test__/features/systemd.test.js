'use strict';

// Sockets that a service manager has opened. In its place stands a program of Python, which passes them as sd_listen_fds(3) says.

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const net = require('../..');

const root = path.join(__dirname, '..', '..');
const skip =
  spawnSync('python3', ['-c', 'import os; os.fork']).status === 0 ? false : 'no python3 with fork()';

// Opens what it is told to, becomes node with them, and a child of it connects and prints what it reads.
const LAUNCHER = `
import json, os, socket, sys
kinds, names, pid, program, node = json.loads(sys.argv[1])
opened = []
for kind in kinds:
    if kind == 'unix':
        one = socket.socket(socket.AF_UNIX)
        one.bind('\\0oxinet-%d' % os.getpid())
    else:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == 'udp' else socket.SOCK_STREAM)
        one.bind(('127.0.0.1', 0))
    if kind != 'udp':
        one.listen()
    opened.append(one)
# Out of the way of each other first.
high = [os.dup2(one.fileno(), 100 + i) for i, one in enumerate(opened)]
if os.fork() == 0:
    for one in opened:
        if one.type != socket.SOCK_STREAM:
            continue
        client = socket.socket(one.family)
        client.settimeout(20)
        client.connect(one.getsockname())
        print('client:', client.recv(100).decode(), flush=True)
    os._exit(0)
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ['LISTEN_FDS'] = str(len(opened))
if names is not None:
    os.environ['LISTEN_FDNAMES'] = names
os.environ['LISTEN_PID'] = str(os.getpid()) if pid is None else pid
os.execv(node, [node, '-e', program])
`;

function launch(program, { kinds = ['tcp'], names = null, pid = null } = {}) {
  const told = JSON.stringify([kinds, names, pid, program, process.execPath]);
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', LAUNCHER, told], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    }
    child.on('error', reject).on('close', (code) => resolve({ code, ...output }));
  });
}

const sorted = (text) => text.trim().split('\n').sort();

test('listen({ systemd: true }) takes the only one', { skip }, async () => {
  const { code, stdout, stderr } = await launch(`
    const net = require('./');
    const server = net.createServer((socket) => {
      socket.end('from the service');
      server.close();
    });
    server.listen({ systemd: true }, () => {
      const { address, port } = server.address();
      console.log('listens', address, port > 0);
    });
  `);
  assert.deepStrictEqual([code, stderr], [0, '']);
  assert.deepStrictEqual(sorted(stdout), ['client: from the service', 'listens 127.0.0.1 true']);
});

test('several by name, and what they are', { skip }, async () => {
  const { code, stdout, stderr } = await launch(
    `
    const net = require('./');
    const { execFileSync } = require('node:child_process');
    console.log(JSON.stringify(net.systemdSockets()));
    console.log(Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')).length);
    // A child sees neither the variables nor the descriptors.
    const look = "for fd in 3 4 5; do [ -e /proc/self/fd/$fd ] && echo $fd; done; env | grep -c ^LISTEN_";
    try { execFileSync('sh', ['-c', look]); } catch (error) { console.log('child:', String(error.stdout).trim()); }
    const listen = (name) => net.createServer(function (socket) {
      socket.end(name);
      this.close();
    }).listen({ systemd: name });
    listen('web');
    listen('admin');
    for (const systemd of ['none', true, 'udp', 5]) {
      try {
        net.createServer().listen({ systemd }).on('error', ({ message }) => console.log('error:', message));
      } catch ({ code, message }) {
        console.log(code, message);
      }
    }
    // They are taken.
    net.createServer().on('error', ({ code }) => console.log('again:', code)).listen({ systemd: 'web' });
    `,
    { kinds: ['tcp', 'unix', 'udp'], names: 'web:admin:udp' },
  );
  assert.deepStrictEqual([code, stderr], [0, '']);
  const list = [
    { fd: 3, name: 'web', kind: 'TCP' },
    { fd: 4, name: 'admin', kind: 'PIPE' },
    { fd: 5, name: 'udp', kind: 'OTHER' },
  ];
  const wrong = (what, given) =>
    `ERR_INVALID_ARG_VALUE The property 'options.systemd' names ${what} socket that was passed to this process ` +
    `(web, admin, udp). Received ${given}`;
  assert.deepStrictEqual(
    sorted(stdout),
    [
      JSON.stringify(list),
      '0',
      'child: 0',
      'client: web',
      'client: admin',
      wrong('no', "'none'"),
      wrong('more than one', 'true'),
      'ERR_INVALID_ARG_TYPE The "options.systemd" property must be one of type boolean or string. Received type number (5)',
      'error: listen EINVAL: invalid argument',
      'again: EEXIST',
    ].sort(),
  );
});

test('without names they are called unknown', { skip }, async () => {
  const { stdout } = await launch(
    `console.log(require('./').systemdSockets().map(({ name }) => name).join(), process.exit);`,
    { kinds: ['udp', 'udp'] },
  );
  assert.match(stdout, /^unknown,unknown /);
});

test('what was passed to another process is not ours', { skip }, async () => {
  const { stdout } = await launch(`console.log(require('./').systemdSockets(), process.env.LISTEN_PID);`, {
    kinds: ['udp'],
    pid: '1',
  });
  assert.strictEqual(stdout, '[] 1\n');
});

test('a count that is larger than what there is, and nonsense', { skip }, async () => {
  const program = (env) => `
    Object.assign(process.env, { LISTEN_PID: String(process.pid) }, ${JSON.stringify(env)});
    console.log(require('./').systemdSockets().length);`;
  const tell = async (env) => (await launch(program(env), { kinds: ['udp'] })).stdout;
  assert.strictEqual(await tell({ LISTEN_FDS: 'many' }), '0\n');
  assert.strictEqual(await tell({ LISTEN_FDS: '0' }), '0\n');
  assert.strictEqual(await tell({ LISTEN_PID: '' }), '0\n');
});

test('nothing was passed', { skip: process.platform === 'win32' && 'not on Windows' }, (t) => {
  if (process.env.LISTEN_PID === String(process.pid)) return t.skip('something was');
  assert.deepStrictEqual(net.systemdSockets(), []);
  assert.throws(() => net.createServer().listen({ systemd: true }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /no socket that was passed to this process \(none\)/,
  });
});
