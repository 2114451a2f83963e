'use strict';

const assert = require('node:assert');
const { register: asynchronousHooks } = require('node:module');
const test = require('node:test');
const { quoted, register, runApp } = require('../helpers/register-app.js');

const imported = asynchronousHooks ? 'oxinet' : 'core';
const answers = `
  const net = require('net');
  const send = require('node:worker_threads').parentPort?.postMessage.bind(require('node:worker_threads').parentPort) ?? process.send?.bind(process) ?? report;
  import('node:net').then((imported) => send([whose(net), whose(imported.default)]));`;
const fromWorker = (options) => `
  const { Worker } = require('node:worker_threads');
  new Worker('./inner.js', ${options}).once('message', report);`;

test('a worker thread answers oxinet', async (t) => {
  const files = { 'app.js': fromWorker('{}'), 'inner.js': answers };
  assert.deepStrictEqual(await runApp(t, files), ['oxinet', imported]);
});

test('a worker thread made from a string of source answers oxinet', async (t) => {
  const files = {
    'app.js': `
      const { Worker } = require('node:worker_threads');
      const source = require('node:fs').readFileSync('./inner.js', 'utf8');
      new Worker(source, { eval: true }).once('message', report);`,
    'inner.js': answers,
  };
  assert.deepStrictEqual(await runApp(t, files), ['oxinet', imported]);
});

test('uninstall in a worker thread is for that thread only', async (t) => {
  const files = {
    'app.js': `
      const { Worker } = require('node:worker_threads');
      new Worker('./inner.js').once('message', (inner) => {
        import('net').then((net) => report([inner, whose(require('net')), whose(net.default)]));
      });`,
    'inner.js': `require(${JSON.stringify(register)}).uninstall();${answers}`,
  };
  assert.deepStrictEqual(await runApp(t, files), [['core', 'core'], 'oxinet', imported]);
});

test('child_process.fork and cluster.fork pass --require on', async (t) => {
  const files = {
    'app.js': `
      const cluster = require('node:cluster');
      const { once } = require('node:events');
      // Either may come first.
      const forked = (child) => Promise.all([once(child, 'message'), once(child, 'exit')]).then(([[answer]]) => answer);
      cluster.setupPrimary({ exec: './inner.js' });
      Promise.all([
        forked(require('node:child_process').fork('./inner.js')),
        forked(cluster.fork()),
      ]).then(report);`,
    'inner.js': `${answers.replace('send([', 'done([')}
      function done(answer) { send(answer, () => process.disconnect()); }`,
  };
  assert.deepStrictEqual(await runApp(t, files), [
    ['oxinet', imported],
    ['oxinet', imported],
  ]);
});

test('any child process inherits it through NODE_OPTIONS', async (t) => {
  const files = {
    'app.js': `
      const { execFileSync } = require('node:child_process');
      const flags = process.execArgv;
      report(JSON.parse(execFileSync(process.execPath, [...flags, './inner.js'], { encoding: 'utf8' })));`,
    'inner.js': answers,
  };
  const nodeOptions = `--require ${quoted(register)}`;
  assert.deepStrictEqual(await runApp(t, files, { flags: [], nodeOptions }), ['oxinet', imported]);
});
