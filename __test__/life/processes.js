'use strict';

// Processes that end with data queued, and what their peer, a socket of core's here, sees of it: `{ trace, problems }`.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { Random } = require('../random/random.js');

const PROGRAM = path.join(__dirname, 'process.js');
const LIMIT_MS = 60_000;

/** Whether it ends with all that is open; else what it has written is done first. */
const isAbrupt = ({ end }) => !['unref', 'the end of all'].includes(end);
const LARGE = new Set(['large', 'queue', 'soon']);

/** What is to have come, as far as it came: all bytes in their order, by the same functions as the child's. */
class Peer {
  constructor(plan) {
    this.plan = plan;
    this.chunks = [];
    this.ending = null;
  }

  attach(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', (error) => (this.ending = error.code));
    socket.on('end', () => (this.ending ??= 'end'));
    socket.on('data', (chunk) => this.chunks.push(chunk));
    if (this.plan.late) socket.pause();
    if (this.plan.place === 'data') socket.write('go');
    if (!isAbrupt(this.plan)) socket.end();
  }

  read() {
    this.socket?.resume();
  }

  get bytes() {
    return Buffer.concat(this.chunks);
  }
}

class Child {
  constructor(plan, driver) {
    this.plan = plan;
    const env = { ...process.env, OXINET_DRIVER: driver };
    if (!driver) delete env.OXINET_DRIVER;
    const stdio = ['ignore', 'ignore', 'pipe', 'pipe'];
    this.process = spawn(process.execPath, [PROGRAM, JSON.stringify(plan)], { env, stdio });
    this.stderr = '';
    this.process.stderr.on('data', (text) => (this.stderr = (this.stderr + text).slice(-2000)));
    this.acknowledged = 0;
    this.listening = new Promise((resolve) => (this.onListening = resolve));
    createInterface({ input: this.process.stdio[3] }).on('line', (line) => this.line(line));
    this.closed = once(this.process, 'close');
  }

  line(line) {
    if (line.startsWith('listening')) this.onListening(Number(line.slice(10)));
    else if (line === 'kill me') this.process.kill(/^SIG\w+/.exec(this.plan.end)[0]);
    else this.acknowledged = Number(line);
  }
}

async function connection(plan, child) {
  if (plan.side === 'client') {
    const [socket] = await once(plan.server, 'connection');
    return socket;
  }
  const port = await child.listening;
  return net.connect(port ? { port, host: '127.0.0.1' } : plan.target);
}

/** Runs a plan with an implementation. */
async function runProcess({ plan, name, driver, at, folder }) {
  const target =
    plan.transport === 'unix'
      ? { path: path.join(folder, `p-${plan.id}-${name}-${driver}`) }
      : { port: 0, host: '127.0.0.1' };
  const server = net.createServer({ pauseOnConnect: true });
  const whole = { ...plan, name, at: { ...at, number: plan.id }, target };
  if (plan.side === 'client') {
    server.listen(target);
    await once(server, 'listening');
    if (!target.path) whole.target = { port: server.address().port, host: '127.0.0.1' };
  }
  const child = new Child(whole, driver);
  const peer = new Peer(plan);
  const timer = setTimeout(() => child.process.kill('SIGABRT'), LIMIT_MS);
  const connected = connection({ ...whole, server }, child).then((socket) => {
    peer.attach(socket);
    if (!plan.late) peer.read();
    return peer.closed;
  });
  const [code, signal] = await child.closed;
  clearTimeout(timer);
  peer.read();
  // One that ended before its connection stood has none; one whose connection stands is accepted by now or in the next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  if (peer.socket || plan.place !== 'before connect') await connected;
  server.close();
  return judge(plan, { code, signal, child, peer });
}

function judge(plan, { code, signal, child, peer }) {
  const { bytes } = peer;
  const problems = [];
  if (bytes.length < child.acknowledged)
    problems.push(`${bytes.length} of ${child.acknowledged} acknowledged bytes arrived`);
  return {
    bytes,
    problems,
    stderr: child.stderr,
    trace: { code, signal, ending: peer.ending, received: bytes.length },
  };
}

const ENDS = [
  ...[
    'exit',
    'throw',
    'reject',
    'abort',
    'reallyExit',
    'SIGTERM',
    'SIGKILL',
    'SIGINT of others',
    'SIGKILL of others',
  ],
  ...['SIGTERM of others, handled', 'unref', 'the end of all', 'the end of all, caught'],
];
const DATA = ['one', 'several', 'corked', 'mixed', 'large', 'queue', 'end', 'destroy', 'soon'];
const PLACES = [
  '',
  '',
  'data',
  'tick',
  'microtask',
  'immediate',
  'timer',
  'callback',
  'exit',
  'before connect',
];
const BESIDE = ['connecting', 'lookup', 'attempts', 'listening', 'reading', 'deaf', 'echo', 'half'];

/** A plan from a number. */
function planOf(id) {
  const random = new Random(id);
  const plan = {
    id,
    side: random.pick(['client', 'client', 'server']),
    transport: random.pick(['tcp', 'unix']),
    data: random.pick(DATA),
    end: ENDS[id % ENDS.length],
    place: random.pick(PLACES),
    delay: random.pick([1, 1, 3, 10]),
    copies: random.chance(0.2) ? 2 : 1,
    beside: [],
  };
  if (plan.side === 'server' && plan.place === 'before connect') plan.place = '';
  // Nothing comes from who writes in its 'exit' listener and waits for its end.
  if (!isAbrupt(plan)) return plan;
  plan.late = plan.place !== 'callback' && random.chance(0.3);
  if (random.chance(0.3)) plan.beside = [random.pick(BESIDE), random.pick(BESIDE)];
  return plan;
}

/** What differs, in words; of large data it is left to chance how much a process got rid of before its end. */
function compare(plan, core, ours) {
  const { code, signal, ending, received } = core.trace;
  const found = [...ours.problems];
  const expected = { code, signal, ending };
  const shown = { code: ours.trace.code, signal: ours.trace.signal, ending: ours.trace.ending };
  // Nor does a process wait for what its 'exit' listener has written.
  if (!LARGE.has(plan.data) || !(isAbrupt(plan) || plan.place === 'exit')) {
    expected.received = received;
    shown.received = ours.trace.received;
  }
  if (JSON.stringify(expected) !== JSON.stringify(shown))
    found.push(`core ${JSON.stringify(expected)}, ours ${JSON.stringify(shown)}\n${ours.stderr}`);
  const common = Math.min(received, ours.trace.received);
  if (!core.bytes.subarray(0, common).equals(ours.bytes.subarray(0, common))) found.push('other bytes');
  return found;
}

module.exports = { compare, planOf, runProcess };
