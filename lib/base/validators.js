'use strict';

const process = require('node:process');
const { codes, errorFrom } = require('./errors.js');

const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT } = codes;

/** The longest delay that Node's timers take. */
const TIMEOUT_MAX = 2 ** 31 - 1;

function validateString(value, name) {
  if (typeof value !== 'string') {
    throw errorFrom(validateString, ERR_INVALID_ARG_TYPE, name, 'string', value);
  }
}

/** A host name with a NUL would be looked up as another one: C sees its end there. */
function validateHost(value, name) {
  if (typeof value !== 'string') {
    throw errorFrom(validateHost, ERR_INVALID_ARG_TYPE, name, 'string', value);
  }
  if (value.includes('\0')) {
    const reason = 'must be a string without null bytes';
    throw errorFrom(validateHost, ERR_INVALID_ARG_VALUE, name, value, reason);
  }
}

function validateBoolean(value, name) {
  if (typeof value !== 'boolean') {
    throw errorFrom(validateBoolean, ERR_INVALID_ARG_TYPE, name, 'boolean', value);
  }
}

function validateFunction(value, name) {
  if (typeof value !== 'function') {
    throw errorFrom(validateFunction, ERR_INVALID_ARG_TYPE, name, 'function', value);
  }
}

function validateObject(value, name) {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw errorFrom(validateObject, ERR_INVALID_ARG_TYPE, name, 'Object', value);
}

function validateNumber(value, name) {
  if (typeof value !== 'number') {
    throw errorFrom(validateNumber, ERR_INVALID_ARG_TYPE, name, 'number', value);
  }
}

function validateInt32(value, name, min = -2147483648, max = 2147483647) {
  if (typeof value !== 'number') {
    throw errorFrom(validateInt32, ERR_INVALID_ARG_TYPE, name, 'number', value);
  }
  if (!Number.isInteger(value)) throw errorFrom(validateInt32, ERR_OUT_OF_RANGE, name, 'an integer', value);
  if (value < min || value > max) {
    throw errorFrom(validateInt32, ERR_OUT_OF_RANGE, name, `>= ${min} && <= ${max}`, value);
  }
}

/** A place in a file. */
function validatePosition(value, name) {
  if (typeof value !== 'number') {
    throw errorFrom(validatePosition, ERR_INVALID_ARG_TYPE, name, 'number', value);
  }
  if (!Number.isInteger(value))
    throw errorFrom(validatePosition, ERR_OUT_OF_RANGE, name, 'an integer', value);
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
    const range = `>= 0 && <= ${Number.MAX_SAFE_INTEGER}`;
    throw errorFrom(validatePosition, ERR_OUT_OF_RANGE, name, range, value);
  }
}

/** An AbortSignal by shape, as foreign implementations of it are welcome; undefined means there is none. */
function validateAbortSignal(signal, name) {
  if (signal === undefined) return;
  if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) {
    throw errorFrom(validateAbortSignal, ERR_INVALID_ARG_TYPE, name, 'AbortSignal', signal);
  }
}

/** A port given as a number or as a numeric string (decimal, 0x, 0o, 0b); returns it as a number. */
function validatePort(port, name = 'Port') {
  const numeric = typeof port === 'number' || (typeof port === 'string' && port.trim() !== '');
  const number = numeric ? Number(port) : NaN;
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw errorFrom(validatePort, ERR_SOCKET_BAD_PORT, name, port);
  }
  return number | 0;
}

/**
 * The delay to hand to a timer. A longer one than timers take is cut, with the warning that Node's
 * `socket.setTimeout()` gives; `socket.timeout` still shows what the caller asked for.
 */
function getTimerDuration(msecs, name) {
  if (typeof msecs !== 'number') {
    throw errorFrom(getTimerDuration, ERR_INVALID_ARG_TYPE, name, 'number', msecs);
  }
  if (msecs < 0 || !Number.isFinite(msecs)) {
    throw errorFrom(getTimerDuration, ERR_OUT_OF_RANGE, name, 'a non-negative finite number', msecs);
  }
  if (msecs <= TIMEOUT_MAX) return msecs;
  process.emitWarning(
    `${msecs} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${TIMEOUT_MAX}.`,
    'TimeoutOverflowWarning',
  );
  return TIMEOUT_MAX;
}

/** Newer cores refuse what is no block list; one from another realm or version has its methods. */
function checkBlockList(value, name = 'options.blockList') {
  if (value === undefined || value === null) return;
  if (typeof value.check !== 'function') {
    throw errorFrom(checkBlockList, ERR_INVALID_ARG_TYPE, name, 'net.BlockList', value);
  }
}

module.exports = {
  TIMEOUT_MAX,
  checkBlockList,
  getTimerDuration,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateHost,
  validateInt32,
  validateNumber,
  validateObject,
  validatePort,
  validatePosition,
  validateString,
};
