'use strict';

// Faults of which something else comes than with core, each for a reason. What is not here is a failure.

const isOf = (task, name, ...errnos) => {
  const [{ call, errno }] = task.rules;
  return call === name && errnos.includes(errno);
};

const DIFFERENCES = [
  {
    of: (task) => isOf(task, 'socket', 'EINVAL'),
    why: 'libuv makes the call again, without the flags that Linux before 2.6.27 did not know',
  },
  {
    of: (task, { errors }, core) =>
      task.rules[0].call === 'shutdown' &&
      errors?.some((text) => text.endsWith(' shutdown')) &&
      core.fired > 0,
    why: 'core asks for no result: the peer, which never sees the end, and who waits for its answer wait for ever',
  },
  {
    of: (task, { ended }, core) =>
      isOf(task, 'shutdown', 'ENOTCONN') &&
      ended === 'hangs' &&
      // Which of the shutdowns of a relay comes first differs.
      (core.ended === 'hangs' || task.scenario.startsWith('relay')),
    why: 'as core: the kernel says so only of connections that have ended, and here the peer waits for an end',
  },
  {
    of: ({ scenario, rules: [{ call }] }, { errors, streams }) =>
      /^relay|sendFile/.test(scenario) &&
      ['in', 'out'].includes(call) &&
      errors?.length === 0 &&
      streams.every(({ all }) => all),
    why: 'core has no such call: what splice(2) or sendfile(2) refuses is copied, and then nothing is wrong',
  },
  {
    of: ({ scenario, rules: [{ errno }] }, { errors = [] }, core) =>
      scenario.startsWith('relay') &&
      errors.length > 0 &&
      errors.every((text) => text.startsWith(`${errno} `) && core.errors?.includes(text)),
    why: 'one side of a relay has the error, and the other has none; by pipes it may see a reset as well',
  },
  {
    of: (task, { errors = [] }) =>
      task.rules[0].call === 'getsockopt' &&
      // Of several addresses: the error of all of them has no call.
      errors.every((text) => [' connect', ' -'].some((of) => text === task.rules[0].errno + of)),
    why: 'core takes what its memory holds for what became of the connect, mostly a success',
  },
];

/** The reason, if there is one. */
function differenceOf(task, outcome, core) {
  return DIFFERENCES.find(({ of }) => of(task, outcome, core))?.why;
}

module.exports = { DIFFERENCES, differenceOf };
