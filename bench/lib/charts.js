'use strict';

// Vega-Lite specifications of the charts: horizontal bars of ratios to Node's net on a logarithmic scale, from 1.

const { COLUMN_TITLES, GROUP_TITLES } = require('./titles');

const COLOURS = { oxinet: '#b7410e', second: '#7a7a7a', bun: '#e8b9a5', deno: '#5b7083' };
const COLUMNS = Object.keys(COLOURS);
const BAR_STEP = 14;
const WIDTH = 520;
const TICKS = [0.1, 0.25, 0.5, 0.8, 1, 1.5, 2, 4, 8, 16, 32, 64];
// Without a canvas, Vega overestimates the width of text and would cut it for nothing.
const NO_LIMIT = 0;

function rowsOf(record, pick) {
  return COLUMNS.filter((column) => record.ratios[column]).map((column) => {
    const { ratio, min, max } = pick(record.ratios[column]);
    // The figure stands right of the bar, of the spread and of the line at 1.
    const end = Math.max(max, 1);
    return { title: record.title, group: record.group, column: COLUMN_TITLES[column], ratio, min, max, end };
  });
}

function bars(rows, columns) {
  const y = {
    field: 'title',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: NO_LIMIT, ticks: false },
  };
  const yOffset = { field: 'column', sort: columns };
  const axis = { values: TICKS, format: '~g', title: null, grid: true };
  const scale = { type: 'log', base: 2, nice: false };
  const titles = COLUMNS.map((column) => COLUMN_TITLES[column]);
  const range = Object.values(COLOURS);
  const colour = { field: 'column', title: null, sort: columns, scale: { domain: titles, range } };
  const legend = columns.length > 1 ? { values: columns, orient: 'top' } : null;
  const textX = { field: 'end', type: 'quantitative' };
  return {
    data: { values: rows },
    width: WIDTH,
    height: { step: BAR_STEP },
    encoding: { y, yOffset },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x: { field: 'ratio', type: 'quantitative', scale, axis },
          x2: { datum: 1 },
          color: { ...colour, legend },
        },
      },
      {
        mark: { type: 'rule', color: '#333' },
        encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 10 },
        encoding: { x: textX, text: { field: 'ratio', format: '.2f' } },
      },
    ],
  };
}

function chart(title, subtitle, rows) {
  const columns = [...new Set(rows.map(({ column }) => column))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle, anchor: 'start' },
    background: 'white',
    config: { axis: { labelFontSize: 11, labelLimit: NO_LIMIT } },
    spacing: 14,
    resolve: { scale: { x: 'shared' }, legend: { color: 'shared' } },
    vconcat: groups.map((group) => ({
      title: { text: GROUP_TITLES[group], anchor: 'start', fontSize: 12 },
      ...bars(
        rows.filter((row) => row.group === group),
        columns,
      ),
    })),
  };
}

function subtitleOf({ date, commit, machine, versions, options }) {
  return (
    `Node ${versions.node}, ${machine.cpu}, ${machine.cores} cores, ${date.slice(0, 10)}, commit ${commit}; ` +
    `median and spread of ${options.samples} interleaved runs`
  );
}

/** The charts of a result, as file names and specifications. */
function toCharts(result) {
  const rates = result.cases.filter(({ smallerIsBetter }) => !smallerIsBetter);
  const sizes = result.cases.filter(({ smallerIsBetter }) => smallerIsBetter);
  const subtitle = subtitleOf(result);
  const speed = rates.flatMap((record) => rowsOf(record, ({ value }) => value));
  const cpu = result.cases.flatMap((record) => rowsOf(record, (ratios) => ratios.cpu));
  const memory = sizes.flatMap((record) => rowsOf(record, ({ value }) => value));
  return {
    'throughput.svg': chart(
      "Work per second, as a multiple of Node's net (longer is better)",
      subtitle,
      speed,
    ),
    'cpu.svg': chart("CPU time per unit of work, as a share of Node's net (less is better)", subtitle, cpu),
    'memory.svg': chart("Resident memory, as a share of Node's net (less is better)", subtitle, memory),
  };
}

/** The README's chart: the rate of the applications that matter most. */
function applicationsChart(result, records) {
  const rows = records.flatMap((record) => rowsOf(record, ({ value }) => value));
  return chart(
    "Applications over oxinet: their rate as a multiple of the one over Node's net",
    subtitleOf(result),
    rows,
  );
}

module.exports = { applicationsChart, toCharts };
