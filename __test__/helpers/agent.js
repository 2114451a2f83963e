'use strict';

// A child process that takes sockets and servers and answers what it got: see process/programs/agent.js.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const program = path.join(__dirname, '..', 'process', 'programs', 'agent.js');

/**
 * Starts an agent over `implementation`, 'oxinet' or 'core', and ends it after the test. Requiring oxinet, so that
 * fork() makes a child that takes its sockets, is the caller's.
 */
async function startAgent(t, implementation, options = {}) {
  const child = fork(program, [implementation], {
    // A child that thinks it runs under a test runner would answer in the runner's protocol.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    execArgv: [],
    ...options,
  });
  t.after(() => child.kill('SIGKILL'));
  await answerOf(child, 'ready');
  return child;
}

/** The child's next answer of this name; fails when the child ends before. */
function answerOf(child, name) {
  return new Promise((resolve, reject) => {
    const onMessage = (message, handle) => {
      if (message.answer !== name) return;
      stop();
      resolve({ ...message, handle });
    };
    const onExit = (code, signal) => {
      stop();
      reject(new Error(`the agent ended with ${code ?? signal} before it answered '${name}'`));
    };
    const stop = () => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** Sends a task, with a handle if it takes one, and waits for its answer, which has the task's name. */
function ask(child, message, handle, options) {
  const answer = answerOf(child, message.task);
  return new Promise((resolve, reject) => {
    child.send(message, handle, options, (error) => (error ? reject(error) : resolve(answer)));
  });
}

/** Lets the agent go, and fails unless it ends by itself. */
async function dismiss(child) {
  const exited = once(child, 'exit');
  child.send({ task: 'leave' });
  const [code, signal] = await exited;
  if (code !== 0) throw new Error(`the agent ended with ${code ?? signal}`);
}

module.exports = { answerOf, ask, dismiss, startAgent };
