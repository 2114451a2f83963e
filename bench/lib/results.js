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

/** The stored form of a case: samples, medians and spreads per column, and every column compared with core. */
function toRecord(benchCase, samples) {
  const columns = {};
  const ratios = {};
  for (const [column, list] of Object.entries(samples)) {
    columns[column] = {
      value: summarise(pick(list, 'value')),
      cpuPerUnit: summarise(pick(list, 'cpuPerUnit')),
      rss: summarise(pick(list, 'rss')),
      samples: list.map(({ value, cpuPerUnit, rss, others }) => ({ value, cpuPerUnit, rss, others })),
    };
    if (column === 'core' || !samples.core) continue;
    ratios[column] = {
      value: compare(pick(list, 'value'), pick(samples.core, 'value')),
      cpu: compare(pick(list, 'cpuPerUnit'), pick(samples.core, 'cpuPerUnit')),
    };
  }
  const { name, title, group, smallerIsBetter } = benchCase;
  const [first] = Object.values(samples);
  return { name, title, group, smallerIsBetter, unit: first[0].unit, columns, ratios };
}

/** A partial run doesn't stand beside the full ones: it goes to a folder that git ignores. */
function resultPath(result, isPartial) {
  const folder = isPartial ? PARTIAL : RESULTS;
  return path.join(folder, `${result.date.slice(0, 10)}-${result.commit}.json`);
}

function save(result, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

function read(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** The full result with the latest date. */
function newest() {
  const files = fs.existsSync(RESULTS)
    ? fs.readdirSync(RESULTS).filter((name) => name.endsWith('.json'))
    : [];
  const results = files.map((name) => read(path.join(RESULTS, name)));
  if (results.length === 0) throw new Error('there are no results yet: npm run bench');
  return results.reduce((latest, result) => (result.date > latest.date ? result : latest));
}

module.exports = { RESULTS, newest, read, resultPath, save, toRecord };
