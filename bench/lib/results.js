'use strict';

// Results as files: what is stored, where, and how it is found again.

const fs = require('node:fs');
const path = require('node:path');
const { compare, summarise } = require('./statistics');

const RESULTS = path.join(__dirname, '..', 'results');
const PARTIAL = path.join(__dirname, '..', 'tmp');

function pick(samples, name) {
  return samples.map((sample) => sample[name]);
}

function pick99(samples) {
  return samples.map(({ latency }) => latency.p99);
}

/** Medians and spreads of all that a case tells of its latencies, where it does. */
function latencySummary(samples) {
  if (!samples[0].latency) return {};
  const names = Object.keys(samples[0].latency);
  const entries = names.map((name) => [name, summarise(samples.map(({ latency }) => latency[name]))]);
  return { latency: Object.fromEntries(entries) };
}

/** The stored form of a case: samples, medians and spreads per column, and every column compared with core. */
function toRecord(benchCase, samples) {
  const columns = {};
  const ratios = {};
  for (const [column, list] of Object.entries(samples)) {
    columns[column] = {
      value: summarise(pick(list, 'value')),
      cpuPerUnit: summarise(pick(list, 'cpuPerUnit')),
      rss: summarise(pick(list, 'rss')),
      ...latencySummary(list),
      samples: list.map(({ value, cpuPerUnit, rss, others, latency }) => ({
        ...{ value, cpuPerUnit, rss, others },
        ...(latency && { latency }),
      })),
    };
    if (column === 'core' || !samples.core) continue;
    ratios[column] = {
      value: compare(pick(list, 'value'), pick(samples.core, 'value')),
      cpu: compare(pick(list, 'cpuPerUnit'), pick(samples.core, 'cpuPerUnit')),
      ...(list[0].latency && { p99: compare(pick99(list), pick99(samples.core)) }),
    };
  }
  // Beside its predecessor, if that was measured too.
  if (samples.before && samples.oxinet) {
    ratios['oxinet to before'] = {
      value: compare(pick(samples.oxinet, 'value'), pick(samples.before, 'value')),
      cpu: compare(pick(samples.oxinet, 'cpuPerUnit'), pick(samples.before, 'cpuPerUnit')),
    };
  }
  const { name, title, group, smallerIsBetter } = benchCase;
  const [first] = Object.values(samples);
  return { name, title, group, smallerIsBetter, unit: first[0].unit, columns, ratios };
}

/** A partial run doesn't stand beside the full ones: it goes to a folder that git ignores. */
function resultPath(result, isPartial) {
  const folder = isPartial ? PARTIAL : RESULTS;
  const suffix = result.suite === 'apps' ? '-apps' : '';
  return path.join(folder, `${result.date.slice(0, 10)}-${result.commit}${suffix}.json`);
}

function save(result, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

function read(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** The full result of a suite with the latest date. */
function newest(suite = 'sockets') {
  const files = fs.existsSync(RESULTS)
    ? fs.readdirSync(RESULTS).filter((name) => name.endsWith('.json'))
    : [];
  const all = files.map((name) => read(path.join(RESULTS, name)));
  const results = all.filter((result) => (result.suite ?? 'sockets') === suite);
  if (results.length === 0) throw new Error('there are no results yet: npm run bench');
  return results.reduce((latest, result) => (result.date > latest.date ? result : latest));
}

module.exports = { RESULTS, newest, read, resultPath, save, toRecord };
