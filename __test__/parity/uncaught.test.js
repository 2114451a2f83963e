'use strict';

const { scenario } = require('./harness.js');

const CHILDREN = { limit: 60_000 };
const SURVIVED = [
  'throw in data',
  'throw in end',
  'throw in connect',
  'throw in connection',
  'throw in close',
  'throw in a write callback',
  'throw in listening',
  'throw in the callback of close',
  'throw in lookup listener',
  'throw in timeout',
  'throw in onread',
  'many handlers throw',
  'rejected connection listener',
];

scenario(
  'errors thrown in listeners reach uncaughtException and harm nothing else',
  CHILDREN,
  async (net, t) => {
    await t.children(SURVIVED.map((name) => [name, 'uncaught.js', name]));
  },
);

/** The line of a fatal error's report that names it, without what differs from run to run. */
function reported(stderr) {
  const line = stderr.split('\n').find((one) => /^(Uncaught )?\w*Error\b/.test(one)) ?? 'no report';
  return line.replace(/:\d{4,5}\b/g, ':P');
}

scenario('trap 03: a reset without an error listener is not swallowed', CHILDREN, async (net, t) => {
  t.log('child', 'report', reported(await t.child('child', 'uncaught.js', 'reset without a listener')));
});

scenario('error events without a listener end the process', CHILDREN, async (net, t) => {
  const names = [
    'refused without a listener',
    'address in use without a listener',
    'destroy(error) without a listener',
    'thrown without a handler',
  ];
  const reports = await t.children(names.map((name) => [name, 'uncaught.js', name]));
  names.forEach((name, i) => t.log(name, 'report', reported(reports[i])));
});
