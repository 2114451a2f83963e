'use strict';

// The socket options that a program may name: what values each takes, and in which unit the system counts it.
const { Buffer } = require('node:buffer');
const { codes, errorFrom } = require('./errors.js');
const { validateBoolean, validateInt32, validateString } = require('./validators.js');

const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } = codes;

const MOST = 2 ** 31 - 1;
/** Of a name of an interface or an algorithm, without its NUL. */
const LONGEST_NAME = 15;

function number(min, max) {
  return { check: (value, label) => validateInt32(value, label, min, max) };
}

const flag = { check: validateBoolean };

/** Milliseconds for whole seconds of the system's, of which there is at least one. */
function seconds(max) {
  return {
    ...number(1, max * 1000 + 999),
    toSystem: (value) => Math.max(1, Math.floor(value / 1000)),
    fromSystem: (value) => value * 1000,
  };
}

function name(isEmptyAllowed) {
  return {
    check(value, label) {
      validateString(value, label);
      if (value.includes('\0') || (value === '' && !isEmptyAllowed)) {
        throw errorFrom(this.check, ERR_INVALID_ARG_VALUE, label, value);
      }
      if (Buffer.byteLength(value) > LONGEST_NAME) {
        const reason = `must be at most ${LONGEST_NAME} bytes long`;
        throw errorFrom(this.check, ERR_INVALID_ARG_VALUE, label, value, reason);
      }
    },
  };
}

const linger = {
  check(value, label) {
    if (value === false || value === undefined) return;
    if (typeof value !== 'number') {
      throw errorFrom(linger.check, ERR_INVALID_ARG_TYPE, label, ['number', 'boolean'], value);
    }
    validateInt32(value, label, 0, 65535);
  },
  toSystem: (value) => (typeof value === 'number' ? value : -1),
};

/** 16 bits are what the system has for these times. */
const LONGEST_PROBE_S = 32767;

/**
 * `late`: set again when a connection stands, as keep-alive's defaults and the type of service come then, or as it holds for
 * a connection alone.
 * `listener`: the meaning on a server, where it has another.
 */
const OPTIONS = {
  __proto__: null,
  // The kernel chooses a priority of its own for it.
  typeOfService: number(0, 255),
  bindToDevice: name(true),
  congestionControl: name(false),
  fastOpen: { ...flag, listener: { ...number(0, MOST), systemName: 'fastOpenQueue' } },
  freebind: flag,
  keepAlive: flag,
  keepAliveCount: { ...number(1, 127), late: true },
  keepAliveInitialDelay: { ...seconds(LONGEST_PROBE_S), late: true },
  keepAliveInterval: { ...seconds(LONGEST_PROBE_S), late: true },
  linger: { ...linger, late: true },
  mark: number(0, 2 ** 32 - 1),
  maxSegmentSize: number(1, 65535),
  mptcp: flag,
  noDelay: flag,
  notSentLowWaterMark: number(0, 2 ** 32 - 1),
  priority: { ...number(0, MOST), late: true },
  quickAck: { ...flag, late: true },
  receiveBufferSize: number(1, MOST),
  reusePort: flag,
  sendBufferSize: number(1, MOST),
  transparent: flag,
  ttl: number(1, 255),
  userTimeout: number(0, MOST),
};

/**
 * Whether one is named that core has no name for: the others have members of their own. Written out, as each new socket is
 * asked.
 */
function hasAny(options) {
  return (
    options.bindToDevice !== undefined ||
    options.congestionControl !== undefined ||
    options.fastOpen !== undefined ||
    options.freebind !== undefined ||
    options.keepAliveCount !== undefined ||
    options.keepAliveInterval !== undefined ||
    options.linger !== undefined ||
    options.mark !== undefined ||
    options.maxSegmentSize !== undefined ||
    options.mptcp !== undefined ||
    options.notSentLowWaterMark !== undefined ||
    options.priority !== undefined ||
    options.quickAck !== undefined ||
    options.receiveBufferSize !== undefined ||
    options.reusePort !== undefined ||
    options.sendBufferSize !== undefined ||
    options.transparent !== undefined ||
    options.ttl !== undefined ||
    options.typeOfService !== undefined ||
    options.userTimeout !== undefined
  );
}

/**
 * Words that mean something else to many a program. http's agents hand all options of a request on to connect(), `_agentKey`
 * among them, and those that core has no name for it ignores.
 */
const COMMON_WORDS = new Set(['linger', 'mark', 'priority', 'transparent', 'ttl']);

/** What options objects are searched for. Each side has the others already, listen() `reusePort` too. */
const OTHERS = ['keepAlive', 'keepAliveInitialDelay', 'noDelay'];
const without = (...names) => Object.keys(OPTIONS).filter((name) => !names.includes(name));
const COLLECTED = {
  socket: without(...OTHERS, 'typeOfService'),
  server: without(...OTHERS),
  listen: without(...OTHERS, 'reusePort'),
};

function optionOf(name) {
  if (typeof name !== 'string') throw errorFrom(optionOf, ERR_INVALID_ARG_TYPE, 'name', 'string', name);
  const option = OPTIONS[name];
  if (option !== undefined) return option;
  const reason = `must be one of: ${Object.keys(OPTIONS).join(', ')}`;
  throw errorFrom(optionOf, ERR_INVALID_ARG_VALUE, 'name', name, reason);
}

/** What `name` is on a server or on a socket: `{ name, systemName, check, toSystem, fromSystem, late }`. */
function describe(name, isServer) {
  const option = optionOf(name);
  return { name, systemName: name, ...option, ...(isServer ? option.listener : undefined) };
}

/**
 * Those of `options` by name, checked, on top of those in `before`; null for none. `side` is `socket`, `server` or `listen`;
 * `isAvailable` knows the system's.
 */
function collect(options, side, isAvailable, before = null) {
  if (!hasAny(options)) return before;
  const collected = new Map(before);
  const isRequest = options._agentKey !== undefined;
  for (const name of COLLECTED[side]) {
    const value = options[name];
    if (value === undefined || (isRequest && COMMON_WORDS.has(name))) continue;
    check(name, value, `options.${name}`, side !== 'socket', isAvailable);
    collected.set(name, value);
  }
  return collected.size > 0 ? collected : before;
}

/** Throws what is wrong with a value; else what the option is. */
function check(name, value, label, isServer, isAvailable) {
  const option = describe(name, isServer);
  option.check(value, label);
  if (!isAvailable(option.systemName)) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(name);
  return option;
}

module.exports = { check, collect, describe };
