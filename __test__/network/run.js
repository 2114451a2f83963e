'use strict';

// npm run test:network -- [--mib 100] [--driver inline|threaded|both] [--only REGEX] [--report]
//
// In network namespaces of its own: much both ways over networks that lose, delay, reorder or go down for a while, each byte
// looked at; and what a connection does whose network has gone. Each with core's net at both ends, and with oxinet at both.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { isDeepStrictEqual, parseArgs } = require('node:util');
const { FAR, Namespaces, howToHaveWires } = require('./namespaces.js');
const { driversOf } = require('../helpers/drivers.js');
const { writeRow } = require('../../scripts/reliability/report.js');

const END = path.join(__dirname, 'end.js');
const INSIDE = 'OXINET_TEST_IN_NAMESPACE';
/** Far more than any of these takes: what is left to do then never ends. */
const HANG_MS = 300_000;

/** Over which networks much is sent. */
const NETWORKS = {
  'nothing wrong': {},
  'one in a hundred lost, 2 ms': { delay: 2, loss: 0.01 },
  'a quarter out of order': { delay: 4, overtake: 0.25 },
  'one in fifty twice': { delay: 1, twice: 0.02 },
  '30 ms, give or take 20': { delay: 30, jitter: 20 },
  'link down for a while': { isDown: true },
};

/** What happens to connections whose network goes away, by the task of end.js; and what must be the last words. */
const GONE = {
  keepalive: ['connect', 'ETIMEDOUT read', 'close true'],
  unacknowledged: ['connect', 'ETIMEDOUT read', 'close true'],
  connecting: ['ETIMEDOUT connect', 'close true'],
  idle: ['connect', 'timeout', 'close false'],
};

const GONE_NETWORK = { loss: 1 };

/** A program whose lines of JSON come one by one. */
class Program {
  constructor(command, args, driver) {
    const env = { ...process.env };
    delete env.OXINET_DRIVER;
    if (driver) env.OXINET_DRIVER = driver;
    this.child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.timer = setTimeout(() => this.stop(), HANG_MS);
  }

  /** The next; undefined when it has ended, or was ended as it hung. */
  async next() {
    const { value } = await this.lines.next();
    return value === undefined ? undefined : JSON.parse(value);
  }

  tell(text) {
    this.child.stdin.write(`${text}\n`);
  }

  stop() {
    clearTimeout(this.timer);
    this.child.kill('SIGKILL');
  }
}

class Run {
  constructor(namespaces, implementation, driver, mib) {
    Object.assign(this, { namespaces, implementation, driver, mib });
  }

  async serve(how) {
    const args = [process.execPath, END, this.implementation, 'serve', FAR, '0', this.mib];
    const [command, ...rest] = this.namespaces.farArgs(...args);
    const server = new Program(command, rest, this.driver);
    const { port } = await server.next();
    server.tell(how);
    await server.next();
    return { server, port };
  }

  client(task, port) {
    return new Program(
      process.execPath,
      [END, this.implementation, task, FAR, String(port), this.mib],
      this.driver,
    );
  }

  /** What each end got. */
  async exchange({ isDown, ...how }) {
    const { namespaces } = this;
    await namespaces.suffer(how);
    const { server, port } = await this.serve('exchange');
    const client = this.client('exchange', port);
    if (isDown) await flap(namespaces);
    const results = await Promise.all([client.next(), server.next()]);
    for (const program of [client, server]) program.stop();
    return results;
  }

  async gone(task) {
    const { namespaces } = this;
    await namespaces.suffer();
    const { server, port } = await this.serve('hold');
    if (task === 'connecting') await namespaces.suffer(GONE_NETWORK);
    const client = this.client(task, port);
    if (task !== 'connecting') {
      await client.next();
      await namespaces.suffer(GONE_NETWORK);
      client.tell('go on');
    }
    const results = await client.next();
    for (const program of [client, server]) program.stop();
    return results;
  }
}

/** Down for longer than a retransmission takes, in the midst of it. */
async function flap(namespaces) {
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    namespaces.link(false);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    namespaces.link(true);
  }
}

function* tasks(mib) {
  const whole = { bytes: Number(mib) << 20, exact: true, error: null };
  for (const [name, network] of Object.entries(NETWORKS)) {
    const expected = [whole, whole];
    yield { name: `${mib} MiB both ways, ${name}`, run: (column) => column.exchange(network), expected };
  }
  for (const [task, events] of Object.entries(GONE)) {
    yield { name: `network gone, ${task}`, run: (column) => column.gone(task), expected: { events } };
  }
}

function parse() {
  const options = {
    only: { type: 'string', default: '' },
    mib: { type: 'string', default: '100' },
    driver: { type: 'string', default: 'both' },
    report: { type: 'boolean', default: false },
  };
  const { values } = parseArgs({ options });
  return { ...values, drivers: driversOf(values.driver) };
}

async function runAll(options, namespaces) {
  const columns = [['core', undefined], ...options.drivers.map((driver) => ['oxinet', driver])].map(
    ([implementation, driver]) => new Run(namespaces, implementation, driver, options.mib),
  );
  const counts = { core: [0, 0], oxinet: [0, 0] };
  for (const { name, run, expected } of tasks(options.mib)) {
    if (!new RegExp(options.only).test(name)) continue;
    for (const column of columns) {
      const who = `${column.implementation}${column.implementation === 'core' ? '' : `, ${column.driver ?? 'inline'}`}`;
      const results = await run(column);
      const good = isDeepStrictEqual(results, expected);
      counts[column.implementation][good ? 0 : 1]++;
      console.log(`${good ? 'ok' : 'WRONG'} ${name} (${who})${good ? '' : `: ${JSON.stringify(results)}`}`);
    }
  }
  return counts;
}

async function inside(options) {
  const namespaces = await new Namespaces().start();
  // So that giving up takes seconds, not a quarter of an hour.
  namespaces.set('tcp_retries2', 3);
  namespaces.set('tcp_syn_retries', 1);
  let counts;
  try {
    counts = await runAll(options, namespaces);
  } finally {
    namespaces.stop();
  }
  const { core, oxinet } = counts;
  console.log(`oxinet: ${oxinet[0]} right, ${oxinet[1]} wrong; core: ${core[0]} right, ${core[1]} wrong`);
  process.exitCode = oxinet[1] > 0 || oxinet[0] === 0 ? 1 : 0;
  if (!options.report) return;
  await writeRow({
    test: 'Networks that fail',
    command: 'npm run test:network',
    times: `${oxinet[0] + oxinet[1]} runs of oxinet; ${options.mib} MiB both ways in each transfer`,
    core: `${core[1]} of ${core[0] + core[1]} wrong`,
    oxinet: `${oxinet[1]} of ${oxinet[0] + oxinet[1]} wrong`,
  });
}

function main() {
  const options = parse();
  if (process.env[INSIDE]) return inside(options);
  const { args, problem } = howToHaveWires();
  if (problem) {
    console.log(`SKIPPED: no network can be made to fail here: ${problem}`);
    process.exitCode = 1;
    return undefined;
  }
  const again = [...args, process.execPath, __filename, ...process.argv.slice(2)];
  const child = spawn('unshare', again, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  child.on('close', (code) => (process.exitCode = code ?? 1));
  return undefined;
}

main();
