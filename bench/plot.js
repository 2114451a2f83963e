'use strict';

// Draws the newest result, or the file given, as SVG charts into results/.

const path = require('node:path');
const { toCharts } = require('./lib/charts');
const { draw } = require('./lib/draw');
const results = require('./lib/results');

async function main() {
  const [from, folder = results.RESULTS] = process.argv.slice(2);
  const result = from ? results.read(from) : results.newest();
  for (const [name, specification] of Object.entries(toCharts(result))) {
    const file = path.join(folder, name);
    await draw(file, specification);
    process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
  }
}

main().catch((error) => {
  const hint = error.code === 'ERR_MODULE_NOT_FOUND' ? '\nnpm install --prefix bench first' : '';
  process.stderr.write(`${error.message}${hint}\n`);
  process.exitCode = 1;
});
