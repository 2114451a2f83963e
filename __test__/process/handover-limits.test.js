'use strict';

// Hand-overs at the edges: a receiver that runs out of descriptors, a child that was there before us.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const net = require('../../index.js');
const { answerOf, ask } = require('../helpers/agent.js');
const { runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');

const program = path.join(__dirname, 'programs', 'agent.js');

/** An agent that may have few descriptors open. */
async function startLimited(t, most) {
  const command = `ulimit -n ${most} && exec "$0" "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, program, 'oxinet'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  await answerOf(child, 'ready');
  return child;
}

async function readAll(socket) {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const skip = process.platform === 'win32';

test('with the last descriptor a socket is received as one of core', { skip }, async (t) => {
  const child = await startLimited(t, 128);
  const { client, peer } = await connectedPair(t, net, { serverOptions: { pauseOnConnect: true } });
  await ask(child, { task: 'fill' });
  const answer = ask(child, { task: 'write', text: 'received' }, peer);
  assert.strictEqual(await readAll(client), 'received');
  assert.strictEqual((await answer).whose, 'core');
});

test('with the last descriptor a server is received as one of core', { skip }, async (t) => {
  const child = await startLimited(t, 128);
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.on('listening', resolve));
  await ask(child, { task: 'fill' });
  const answer = await ask(child, { task: 'serve' }, server);
  assert.strictEqual(answer.whose, 'core');
  assert.strictEqual(answer.address.port, server.address().port);
});

test('a child that was started before oxinet was loaded takes its sockets', async () => {
  const { stdout, stderr, code } = await runSource(`
    const child = require('node:child_process').fork('./__test__/process/programs/agent.js', ['oxinet']);
    const net = require('./');
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      child.send({ task: 'write', text: 'received' }, socket);
      server.close();
    });
    child.on('message', ({ answer, whose }) => {
      if (answer === 'ready') {
        server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').pipe(process.stdout));
      } else {
        console.log(whose);
        child.disconnect();
      }
    });`);
  assert.deepStrictEqual({ stderr, code }, { stderr: '', code: 0 });
  assert.deepStrictEqual(stdout.match(/received|oxinet\n/g).sort(), ['oxinet\n', 'received']);
});
