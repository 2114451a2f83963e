'use strict';

// The table of `npm run bench:conditions`: a row for each case, a column for each condition.

/** Rate and CPU time per unit as ratios to core's. */
function cell(result, name) {
  const ratios = result.cases.find((record) => record.name === name)?.ratios.oxinet;
  return ratios ? `${ratios.value.ratio.toFixed(2)} · ${ratios.cpu.ratio.toFixed(2)}` : '–';
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

/** `columns` are `{ title, result }`. */
function conditionsTable(columns) {
  const [{ result: first }] = columns;
  const { machine } = first;
  const titles = new Map(
    columns.flatMap(({ result }) => result.cases.map(({ name, title }) => [name, title])),
  );
  const disturbed = columns.map(
    ({ title, result: { disturbance } }) => `${title} ${disturbance.disturbed} of ${disturbance.of}`,
  );
  return [
    `Ratios to \`node:net\` of Node ${first.versions.node}: rate · CPU time per unit, medians of ${first.options.samples} interleaved runs;`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${first.date.slice(0, 10)}, commit ${first.commit}.`,
    `Samples that other processes than the busy loops disturbed: ${disturbed.join(', ')}.`,
    '',
    row(['Application', ...columns.map(({ title }) => title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...[...titles].map(([name, title]) => row([title, ...columns.map(({ result }) => cell(result, name))])),
  ].join('\n');
}

module.exports = { conditionsTable };
