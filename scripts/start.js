'use strict';

// `npm start`: the set-up, then the echo example. Arguments are handed to the example.

const path = require('node:path');
const { root, run } = require('./lib/run.js');
const { setupOrExit } = require('./setup.js');

setupOrExit();
process.exitCode = run(process.execPath, [path.join(root, 'examples', 'echo.js'), ...process.argv.slice(2)]);
