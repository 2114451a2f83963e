'use strict';

// npm run soak -- [--minutes N] [--driver inline|threaded] [--leak descriptor|buffer|memory] [--report]
//
// Connections by the million in one process: core's net in one and oxinet in another, at the same time. After each round of
// opening, sending, failing and closing all is closed, and what the process still holds is sampled: descriptors, heap, memory
// of Buffers, other native memory, resources. What grows with the connections, beyond doubt and to the end, fails.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { writeRow } = require('../../scripts/reliability/report.js');
const { METRICS } = require('./sample.js');
const { judge } = require('./slope.js');

const WARM_UP = 1 / 4;
const LEAST_ROUNDS = 8;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    driver: { type: 'string', default: 'inline' },
    leak: { type: 'string', default: '' },
    report: { type: 'boolean', default: false },
  },
});

async function rounds(name, minutes) {
  const env = { ...process.env, OXINET_DRIVER: values.driver === 'threaded' ? 'threaded' : '' };
  const child = fork(path.join(__dirname, 'load.js'), [name, name === 'oxinet' ? values.leak : ''], {
    env,
    execArgv: ['--expose-gc', '--no-warnings'],
  });
  const samples = [];
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process with ${name} ended by ${signal ?? code}`);
  });
  gone.catch(() => {});
  const end = Date.now() + minutes * 60_000;
  let told = Date.now();
  for (let number = 0; Date.now() < end || number < LEAST_ROUNDS; number++) {
    child.send(number);
    const [message] = await Promise.race([once(child, 'message'), gone]);
    samples.push(message);
    if (Date.now() < told + 30_000) continue;
    told = Date.now();
    console.log(`${name}: round ${number}, ${JSON.stringify({ ...message.counts, ...message.sample })}`);
  }
  child.disconnect();
  return samples;
}

const kilo = (value) => value.toFixed(Math.abs(value) < 10 ? 3 : 0);

/** The verdict on one process: lines for people, and what grows. */
function verdict(name, samples) {
  const measured = samples.slice(Math.ceil(samples.length * WARM_UP));
  const grows = [];
  for (const [metric, limits] of Object.entries(METRICS)) {
    const points = measured.map(({ sample, counts }) => ({
      x: counts.connections / 1000,
      y: sample[metric],
    }));
    const found = judge(points, limits);
    if (found.grows) grows.push(metric);
    const interval = `${kilo(found.low)} to ${kilo(found.high)}`;
    const state = found.grows ? 'GROWS' : 'flat';
    console.log(
      `${name}: ${metric} ${kilo(found.slope)} ${limits.unit} per 1,000 connections (${interval}): ${state}`,
    );
  }
  const { counts, sample } = samples.at(-1);
  console.log(
    `${name}: ${samples.length} rounds, ${JSON.stringify(counts)}, at the end ${JSON.stringify(sample)}`,
  );
  return { grows, counts, measured };
}

/** For the table: slopes with their intervals. */
function cell({ grows, measured, counts }) {
  const show = (metric) => {
    const points = measured.map(({ sample, counts: { connections } }) => ({
      x: connections / 1000,
      y: sample[metric],
    }));
    const { low, high } = judge(points, METRICS[metric]);
    return `${metric} ${kilo(low)} to ${kilo(high)}${METRICS[metric].unit && ' B'}`;
  };
  const slopes = ['descriptors', 'heap', 'buffers', 'native'].map(show).join(', ');
  const state = grows.length > 0 ? `grows: ${grows.join(', ')}` : 'flat';
  return `${state}; ${counts.connections.toLocaleString('en')} connections, per 1,000 of them: ${slopes}`;
}

async function main() {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('see run.js for usage');
  const [core, ours] = await Promise.all([rounds('core', minutes), rounds('oxinet', minutes)]);
  const results = { core: verdict('core', core), ours: verdict('oxinet', ours) };
  const { counts, grows } = results.ours;
  console.log(grows.length > 0 ? `GROWS: ${grows.join(', ')}` : 'nothing grows');
  if (values.report)
    await writeRow({
      test: 'Soak',
      command: `npm run soak -- --minutes ${minutes} --report`,
      times: `${minutes} min, ${(counts.bytes / 2 ** 30).toFixed(0)} GiB, ${counts.listeners.toLocaleString('en')} listeners`,
      core: cell(results.core),
      oxinet: cell(results.ours),
    });
  process.exit(grows.length > 0 ? 1 : 0);
}

main();
