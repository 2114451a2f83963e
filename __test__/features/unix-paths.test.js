'use strict';

// Options of listen() for paths: mode, unlinkOnClose, replaceStale.

const test = require('node:test');
const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const core = require('node:net');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const { createInterface } = require('node:readline');
const net = require('../../index.js');
const { runFile, runSource } = require('../helpers/fork.js');
const { whyRefused } = require('../helpers/capable.js');
const { isUnixListed } = require('../helpers/kernel-sockets.js');
const { python, runPython } = require('../helpers/python.js');
const { tmpDir } = require('../helpers/tmp.js');

const unix = { skip: process.platform === 'win32' && 'no Unix sockets' };
const linux = { skip: process.platform !== 'linux' && 'uses what Linux has' };
const withPython = { skip: unix.skip || python.skip };

async function listening(t, options) {
  // Some clients are gone by then.
  const server = net.createServer((socket) => socket.on('error', () => {}).end('hello'));
  t.after(() => server.close());
  server.listen(options);
  await once(server, 'listening');
  return server;
}

const refusal = async (options) => (await once(net.createServer().listen(options), 'error'))[0];

async function closed(server) {
  server.close();
  await once(server, 'close');
}

async function greeting(file) {
  const client = net.connect(file);
  const [data] = await once(client, 'data');
  client.destroy();
  return data.toString();
}

/** A socket at the path whose process has ended without removing it. */
async function leaveStale(t, file, more = '') {
  const other = runPython(
    t,
    `
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
${more || 's.listen()'}
`,
    [file],
  );
  assert.strictEqual((await other.ended).code, 0);
  assert.ok(fs.lstatSync(file).isSocket());
}

test('mode is exact, whatever the umask', unix, async (t) => {
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  for (const mode of [0o600, 0o660, 0o666, 0o777, 0]) {
    const file = path.join(tmpDir(t), 'mode.sock');
    const server = await listening(t, { path: file, mode });
    assert.strictEqual(fs.statSync(file).mode & 0o7777, mode);
    await closed(server);
    assert.ok(!fs.existsSync(file));
  }
});

test('nobody can connect before the mode is set', withPython, async (t) => {
  const file = path.join(tmpDir(t), 'early.sock');
  const handle = net._createServerHandle(file, -1, -1, undefined, {
    path: { mode: 0o600, unlinks: true, replacesStale: false },
  });
  t.after(() => handle.close());
  assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600);
  const other = runPython(
    t,
    `
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except OSError as error:
    say(error.strerror)
`,
    [file],
  );
  assert.strictEqual(await other.line(), 'Connection refused');
  await other.ended;
});

test(
  'the mode keeps another user out',
  { skip: withPython.skip || whyRefused('becomeAnotherUser') },
  async (t) => {
    const folder = tmpDir(t);
    fs.chmodSync(folder, 0o755);
    for (const [mode, outcome] of [
      [0o600, 'Permission denied'],
      [0o606, 'connected'],
    ]) {
      const file = path.join(folder, `${mode}.sock`);
      const server = await listening(t, { path: file, mode });
      const other = runPython(
        t,
        `
os.setgid(65534)
os.setuid(65534)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
    say('connected')
except OSError as error:
    say(error.strerror)
`,
        [file],
      );
      assert.strictEqual(await other.line(), outcome);
      await other.ended;
      server.close();
    }
  },
);

test('unlinkOnClose: false leaves the path', unix, async (t) => {
  const file = path.join(tmpDir(t), 'stays.sock');
  const server = await listening(t, { path: file, unlinkOnClose: false });
  await closed(server);
  assert.ok(fs.lstatSync(file).isSocket());
  const other = await listening(t, { path: file, replaceStale: true, unlinkOnClose: false });
  assert.strictEqual(await greeting(file), 'hello');
  await closed(other);
  assert.ok(fs.lstatSync(file).isSocket());
  const last = await listening(t, { path: file, replaceStale: true, unlinkOnClose: true });
  await closed(last);
  assert.ok(!fs.existsSync(file));
});

test('the path stays at the end of a worker, too', unix, async (t) => {
  const folder = tmpDir(t);
  const { code, stderr } = await runSource(
    `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(\`
      const net = require('./');
      const { workerData, parentPort } = require('node:worker_threads');
      let left = 2;
      const done = () => --left === 0 && parentPort.postMessage('listening');
      net.createServer().listen({ path: workerData + '/stays', unlinkOnClose: false }, done);
      net.createServer().listen({ path: workerData + '/goes', mode: 0o600 }, done);
    \`, { eval: true, workerData: process.argv[1] });
    worker.on('message', () => worker.terminate());
    `,
    { args: [folder] },
  );
  assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepStrictEqual(fs.readdirSync(folder), ['stays']);
});

test('a stale socket is replaced', withPython, async (t) => {
  const file = path.join(tmpDir(t), 'stale.sock');
  await leaveStale(t, file);
  assert.strictEqual((await refusal({ path: file })).code, 'EADDRINUSE');
  const server = await listening(t, { path: file, replaceStale: true, mode: 0o640 });
  assert.strictEqual(await greeting(file), 'hello');
  assert.strictEqual(fs.statSync(file).mode & 0o777, 0o640);
  // Nothing is left beside it.
  assert.deepStrictEqual(fs.readdirSync(path.dirname(file)), ['stale.sock']);
  if (process.platform === 'linux') assert.ok(isUnixListed(file));
  assert.strictEqual(server.address(), file);
});

test('without anything at the path it is an ordinary listener', unix, async (t) => {
  const file = path.join(tmpDir(t), 'new.sock');
  const server = await listening(t, { path: file, replaceStale: true, backlog: 5 });
  assert.strictEqual(await greeting(file), 'hello');
  await closed(server);
  assert.ok(!fs.existsSync(file));
});

test('the backlog is what was asked for', linux, async (t) => {
  const file = path.join(tmpDir(t), 'backlog.sock');
  const server = await listening(t, { path: file, replaceStale: true, backlog: 7 });
  const ss = spawnSync('ss', ['-xlH'], { encoding: 'utf8' });
  if (ss.error) return t.skip('no ss');
  const line = ss.stdout.split('\n').find((text) => text.includes(` ${file} `));
  assert.match(line, /LISTEN\s+0\s+7\s/);
  return closed(server);
});

test(
  'what lives stays, and hears nothing: a listener, one whose queue is full, one of core',
  withPython,
  async (t) => {
    const folder = tmpDir(t);
    const file = path.join(folder, 'alive.sock');
    const server = await listening(t, { path: file });
    let heard = 0;
    server.on('connection', () => heard++);
    const error = await refusal({ path: file, replaceStale: true });
    assert.deepStrictEqual([error.code, error.syscall, error.address], ['EADDRINUSE', 'listen', file]);
    assert.strictEqual(await greeting(file), 'hello');
    assert.strictEqual(heard, 1);
    await closed(server);

    const full = path.join(folder, 'full.sock');
    const other = runPython(
      t,
      `
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(0)
clients = []
while True:
    c = socket.socket(socket.AF_UNIX)
    c.setblocking(False)
    clients.append(c)
    try:
        c.connect(sys.argv[1])
    except OSError as error:
        say(error.strerror)
        break
heard()
s.settimeout(5)
say(s.accept() and 'accepts')
`,
      [full],
    );
    assert.strictEqual(await other.line(), 'Resource temporarily unavailable');
    const before = fs.statSync(full).ino;
    assert.strictEqual((await refusal({ path: full, replaceStale: true })).code, 'EADDRINUSE');
    assert.strictEqual(fs.statSync(full).ino, before);
    other.tell('go');
    assert.strictEqual(await other.line(), 'accepts');

    const theirs = core.createServer((socket) => socket.end()).listen(path.join(folder, 'core.sock'));
    await once(theirs, 'listening');
    assert.strictEqual((await refusal({ path: theirs.address(), replaceStale: true })).code, 'EADDRINUSE');
    theirs.close();
  },
);

test('what is no stream socket stays', withPython, async (t) => {
  const folder = tmpDir(t);
  const at = (name) => path.join(folder, name);
  fs.writeFileSync(at('file'), 'precious');
  fs.mkdirSync(at('folder'));
  fs.symlinkSync(at('nothing'), at('dangling'));
  await leaveStale(t, at('real.sock'));
  fs.symlinkSync(at('real.sock'), at('link'));
  const datagrams = runPython(
    t,
    `
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
say('bound')
heard()
`,
    [at('datagrams')],
  );
  await datagrams.line();
  const before = fs.readdirSync(folder).map((name) => [name, fs.lstatSync(at(name)).ino]);
  for (const name of ['file', 'folder', 'dangling', 'link', 'datagrams']) {
    assert.strictEqual((await refusal({ path: at(name), replaceStale: true })).code, 'EADDRINUSE', name);
  }
  assert.strictEqual(fs.readFileSync(at('file'), 'utf8'), 'precious');
  assert.deepStrictEqual(
    fs.readdirSync(folder).map((name) => [name, fs.lstatSync(at(name)).ino]),
    before,
  );
});

test('of many starters one wins, and it is the one that is connected to', unix, async (t) => {
  const folder = tmpDir(t);
  const starters = Array.from({ length: 4 }, () => startStarter(t));
  for (const { line } of starters) assert.strictEqual(await line(), 'ready');
  for (let round = 0; round < 10; round++) {
    const file = path.join(folder, `race-${round}.sock`);
    await closed(await listening(t, { path: file, unlinkOnClose: false }));
    for (const { child } of starters) child.stdin.write(`${file}\n`);
    const said = await Promise.all(starters.map(({ line }) => line()));
    assert.deepStrictEqual([...said].sort(), [...new Array(3).fill('EADDRINUSE'), 'listening']);
    const winner = starters[said.indexOf('listening')];
    assert.strictEqual(await greeting(file), String(winner.child.pid));
    winner.child.stdin.write('close\n');
    assert.strictEqual(await winner.line(), 'closed');
  }
  assert.deepStrictEqual(fs.readdirSync(folder), []);
});

function startStarter(t) {
  const child = spawn(process.execPath, [path.join(__dirname, 'programs', 'starter.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value };
}

test('closing leaves what another has put at the path', unix, async (t) => {
  const file = path.join(tmpDir(t), 'other.sock');
  const server = await listening(t, { path: file, replaceStale: true });
  fs.unlinkSync(file);
  const next = await listening(t, { path: file, replaceStale: true });
  await closed(server);
  assert.strictEqual(await greeting(file), 'hello');
  await closed(next);
  assert.ok(!fs.existsSync(file));
});

test('options are checked at the call, on paths alone', unix, async (t) => {
  const file = path.join(tmpDir(t), 'never.sock');
  const listen = (options) => () => net.createServer().listen({ path: file, ...options });
  for (const mode of ['600', null, {}, true])
    assert.throws(listen({ mode }), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const mode of [-1, 0o1000, 0.5, NaN]) assert.throws(listen({ mode }), { code: 'ERR_OUT_OF_RANGE' });
  for (const odd of [null, 0, 'false', {}]) {
    assert.throws(listen({ unlinkOnClose: odd }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(listen({ replaceStale: odd }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(listen({ mode: 0o600, readableAll: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  for (const options of [{ mode: 0o600 }, { unlinkOnClose: false }, { replaceStale: true }]) {
    assert.throws(listen({ ...options, path: '\0name' }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /abstract/,
    });
  }
  assert.ok(!fs.existsSync(file));
  // Programs hand over whole configurations.
  const server = await listening(t, { port: 0, host: '127.0.0.1', mode: 'production', replaceStale: 'x' });
  server.close();
});

test('a folder that does not exist, or may not be written to', unix, async (t) => {
  const folder = tmpDir(t);
  for (const replaceStale of [false, true]) {
    const error = await refusal({ path: path.join(folder, 'no', 'such.sock'), mode: 0o600, replaceStale });
    assert.strictEqual(error.code, 'EACCES');
  }
});

test('a folder that another process keeps locked is busy', withPython, async (t) => {
  const folder = tmpDir(t);
  const other = runPython(
    t,
    `
import fcntl
folder = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(folder, fcntl.LOCK_EX)
say('locked')
heard()
os.close(folder)
say('open')
heard()
`,
    [folder],
  );
  await other.line();
  const file = path.join(folder, 'busy.sock');
  const error = await refusal({ path: file, replaceStale: true });
  assert.deepStrictEqual([error.code, error.syscall, error.address], ['EBUSY', 'listen', file]);
  // Who does not replace does not ask.
  await closed(await listening(t, { path: file, mode: 0o600 }));
  other.tell('let go');
  assert.strictEqual(await other.line(), 'open');
  await closed(await listening(t, { path: file, replaceStale: true }));
});

test(
  "what this user may not do fails with the system's word, and leaves nothing behind",
  { skip: unix.skip || whyRefused('becomeAnotherUser') },
  async (t) => {
    const folder = tmpDir(t);
    const at = (name) => path.join(folder, name);
    // A stale socket of root's where only its owner may rename it; one that may not be written to; a folder not to be read.
    for (const [name, mode] of [
      ['sticky', 0o1777],
      ['closed', 0o777],
      ['blind', 0o733],
    ]) {
      fs.mkdirSync(at(name));
      const options = {
        path: path.join(at(name), 's'),
        unlinkOnClose: false,
        mode: name === 'closed' ? 0o600 : 0o666,
      };
      await closed(await listening(t, options));
      fs.chmodSync(at(name), mode);
    }
    fs.chmodSync(folder, 0o755);
    const { code, stdout, stderr } = await runSource(
      `
      const net = require('./');
      const { once } = require('node:events');
      (async () => {
        process.setegid(65534);
        process.seteuid(65534);
        for (const name of ['sticky', 'closed', 'blind']) {
          const server = net.createServer().listen({ path: process.argv[1] + '/' + name + '/s', replaceStale: true });
          const [error] = await once(server, 'error');
          console.log(name, error.code);
        }
      })();
      `,
      { args: [folder] },
    );
    assert.deepStrictEqual(
      { code, stdout, stderr },
      { code: 0, stdout: 'sticky EPERM\nclosed EADDRINUSE\nblind EACCES\n', stderr: '' },
    );
    for (const name of ['sticky', 'closed', 'blind']) assert.deepStrictEqual(fs.readdirSync(at(name)), ['s']);
  },
);

test('in a cluster worker they, and bytes, are for listeners of its own', unix, async (t) => {
  const program = '__test__/features/programs/cluster-path.js';
  const { code, stdout, stderr } = await runFile(program, { args: [tmpDir(t)] });
  assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepStrictEqual(JSON.parse(stdout), {
    refusals: new Array(4).fill(['ERR_INVALID_ARG_VALUE', true]),
    mode: 0o600,
    address: true,
  });
});
