'use strict';

// The parts of core that its handles speak through: request classes, and the array in which results of calls lie.

const known = new Map();

function binding(name) {
  let found = known.get(name);
  if (found === undefined) {
    // It is what a user's own access would be warned of.
    const { noDeprecation } = process;
    // With --no-deprecation it is true and cannot be set.
    if (!noDeprecation) process.noDeprecation = true;
    try {
      found = process.binding(name);
    } finally {
      if (!noDeprecation) process.noDeprecation = noDeprecation;
    }
    known.set(name, found);
  }
  return found;
}

const KINDS = {
  TCPWRAP: ['tcp_wrap', 'TCP', 'SOCKET'],
  TCPSERVERWRAP: ['tcp_wrap', 'TCP', 'SERVER'],
  PIPEWRAP: ['pipe_wrap', 'Pipe', 'SOCKET'],
  PIPESERVERWRAP: ['pipe_wrap', 'Pipe', 'SERVER'],
};
const numbers = new Map();

/** The number of an async_hooks type, another one in each Node: a handle of core's tells. */
function providerNumber(type) {
  if (!numbers.has(type)) {
    const [name, Class, kind] = KINDS[type];
    const { constants, [Class]: Handle } = binding(name);
    const handle = new Handle(constants[kind]);
    numbers.set(type, handle.getProviderType());
    handle.close();
  }
  return numbers.get(type);
}

module.exports = {
  providerNumber,
  pipeWrap: () => binding('pipe_wrap'),
  streamWrap: () => binding('stream_wrap'),
  tcpWrap: () => binding('tcp_wrap'),
};
