'use strict';

// Draws a Vega-Lite specification into an SVG file. Both packages are ECMAScript modules of bench/package.json.

const fs = require('node:fs');

async function draw(file, specification) {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' });
  fs.writeFileSync(file, `${await view.toSVG()}\n`);
  view.finalize();
}

module.exports = { draw };
