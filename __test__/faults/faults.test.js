'use strict';

// A short form of npm run test:faults, for the driver that this run is for.

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { ALWAYS, Control, preload, whyNot } = require('./control.js');
const { root } = require('../helpers/fork.js');
const { Suite } = require('./suite.js');
require('../../lib/engine/addon.js');

const skip = whyNot() ?? false;
const suite = new Suite([process.env.OXINET_DRIVER]);

/** Which errors of which calls, in which scenarios: one of each kind that is treated in a way of its own. */
const SHORT = {
  socket: ['EMFILE'],
  bind: ['EADDRINUSE'],
  listen: ['EADDRINUSE'],
  accept: ['EAGAIN', 'ECONNABORTED', 'EMFILE', 'ENOBUFS'],
  connect: ['ECONNREFUSED', 'EINTR'],
  out: ['EAGAIN', 'ENOBUFS', 'EPIPE', undefined],
  in: ['EAGAIN', 'EINTR', 'ECONNRESET', undefined],
  close: ['EINTR'],
  setsockopt: ['ENOMEM'],
  getsockname: ['ENOBUFS'],
  epoll_ctl: ['ENOMEM'],
};
const SCENARIOS = [
  'client, large pieces',
  'client, refused',
  'client, socket options',
  'server',
  'both ends, Unix, descriptors',
  'relay',
  'client, sendFile',
];
/** In a row: more often than it is tried at once. */
const REPEATED = 40;
const PEERS =
  /^(limit: (peer never|full)|names: (destroyed|.*(twice|refuse first|unknown)))|(reset|end): having sent half$/;

before(() => (skip ? undefined : suite.start()), { skip });
after(() => suite.stop());

async function judged(verdicts) {
  const wrong = [];
  let cases = 0;
  for await (const {
    task,
    verdicts: [{ problems, difference }],
  } of verdicts) {
    cases++;
    if (problems.length > 0 && difference === undefined) wrong.push(`${task.name}: ${problems.join('; ')}`);
  }
  assert.deepStrictEqual(wrong, []);
  return cases;
}

for (const [call, errnos] of Object.entries(SHORT)) {
  test(`${call} that fails, or does less than it was asked to`, { skip }, async () => {
    const wanted = ({ rules: [{ call: name, errno, first = 1, times = 1, most }] }) =>
      name === call &&
      errnos.includes(errno) &&
      most !== 1 &&
      (times === 1 ? first <= 2 : times === REPEATED);
    assert.ok((await judged(suite.run(wanted, SCENARIOS))) > 0, 'no case was run');
  });
}

test('peers that end, reset or say nothing, and names that are not found', { skip }, async () => {
  assert.ok((await judged(suite.runLimits(({ name }) => PEERS.test(name)))) > 10, 'too few cases were run');
});

test('what core does not look at is told, as docs/PARITY.md says', { skip }, async () => {
  const errorsOf = async (rule) => {
    const [, ours] = suite.players;
    const { errors, ended } = await ours.play({ scenario: 'client', rules: [{ times: ALWAYS, ...rule }] });
    return errors ?? ended;
  };
  assert.deepStrictEqual(await errorsOf({ call: 'shutdown', errno: 'EINVAL' }), ['EINVAL shutdown']);
  assert.deepStrictEqual(await errorsOf({ call: 'getsockopt', errno: 'EINVAL' }), ['EINVAL connect']);
  assert.deepStrictEqual(await errorsOf({ call: 'socket', errno: 'EINVAL', times: 1 }), ['EINVAL connect']);
});

/** What a program prints that loads the library while a call fails, with the default driver. */
function load(rule) {
  const file = path.join(suite.folder, 'loading');
  Control.create(file);
  new Control(file).arm([rule]);
  const env = { ...process.env, ...preload(path.join(suite.folder, 'interpose.so')), OXINET_FAULTS: file };
  Object.assign(env, { OXINET_FAULTS_CALLER: 'addon', OXINET_DRIVER: '' });
  const source = `
    try {
      const net = require('./index.js');
      const server = net.createServer((socket) => socket.end('works')).listen(0, '127.0.0.1', () => {
        const socket = net.connect(server.address().port, '127.0.0.1');
        socket.on('data', (data) => console.log(String(data))).on('close', () => server.close());
      });
    } catch (error) {
      console.log(error.message);
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', source], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

test('a library that can have no driver says so, or takes the other', { skip }, () => {
  for (const call of ['epoll_create1', 'eventfd']) {
    assert.strictEqual(load({ call, errno: 'EMFILE' }), 'works\n', call);
    const refused = load({ call, errno: 'EMFILE', times: ALWAYS });
    assert.strictEqual(refused, 'start EMFILE oxinet has no I/O driver\n', call);
  }
});

/** Calls on descriptors that the add-on makes and that are not made to fail, each with the reason. */
const LEFT_ALONE = {
  fstat: 'of a number that a program hands in: EBADF is tested elsewhere',
};
const CALLS_ON_DESCRIPTORS =
  'accept accept4 bind close connect dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd ' +
  'fcntl fstat getpeername getsockname getsockopt ioctl listen pipe pipe2 poll ppoll read readv recv recvfrom recvmsg ' +
  'select send sendfile sendmmsg sendmsg sendto setsockopt shutdown socket socketpair splice write writev';

test('the interposer knows every call on descriptors that the add-on makes', { skip }, (t) => {
  const names = (file) => {
    const { status, stdout } = spawnSync('nm', ['-D', file], { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  };
  const addon = require.cache[Object.keys(require.cache).find((file) => file.endsWith('.node'))].filename;
  const imported = names(addon);
  if (imported === undefined) {
    t.skip('there is no nm');
    return;
  }
  const library = names(path.join(suite.folder, 'interpose.so'));
  const has = (text, kind, name) => new RegExp(` ${kind} ${name}(@|$)`, 'm').test(text);
  const unknown = CALLS_ON_DESCRIPTORS.split(' ').filter(
    (name) => has(imported, 'U', name) && !has(library, 'T', name) && !LEFT_ALONE[name],
  );
  assert.deepStrictEqual(unknown, []);
  assert.ok(has(imported, 'U', 'recv'), 'the list of what the add-on imports was not understood');
});
