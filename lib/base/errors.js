'use strict';

const process = require('node:process');
const util = require('node:util');

/** Names that ERR_INVALID_ARG_TYPE words as "of type x"; anything else is a class or free text. */
const PRIMITIVE_TYPES = new Set(
  'string function number object Function Object boolean bigint symbol'.split(' '),
);
const CLASS_NAME = /^([A-Z][a-z0-9]*)+$/;
const LONGEST_SHOWN_VALUE = 128;
const LONGEST_SHOWN_STRING = 28;

/** Frames above (and with) this function are left out of the stack of the error made next. */
let topFrame;

/** `a`, `a or b`, `a, b, or c` */
function enumerate(words, conjunction) {
  if (words.length < 3) return words.join(` ${conjunction} `);
  return `${words.slice(0, -1).join(', ')}, ${conjunction} ${words[words.length - 1]}`;
}

/** `argument` or `property`, by whether the name is a path into an object. */
function kindOf(name) {
  return name.includes('.') ? 'property' : 'argument';
}

/** A string value cut to a readable length, in single quotes where it has none itself. */
function quote(text) {
  const shown = text.length > LONGEST_SHOWN_STRING ? `${text.slice(0, 25)}...` : text;
  return shown.includes("'") ? JSON.stringify(shown) : `'${shown}'`;
}

/** The 'Received ...' half of a message: what the caller was given. */
function describeReceived(value) {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    // A class without a name still counts as a class: core prints an empty name for it.
    if (value.constructor && 'name' in value.constructor) {
      return `Received an instance of ${value.constructor.name}`;
    }
    return `Received ${util.inspect(value, { depth: -1 })}`;
  }
  const shown = typeof value === 'string' ? quote(value) : util.inspect(value, { colors: false });
  return `Received type ${typeof value} (${shown})`;
}

function groupExpected(expected) {
  const types = [];
  const instances = [];
  const others = [];
  for (const name of Array.isArray(expected) ? expected : [expected]) {
    if (PRIMITIVE_TYPES.has(name)) types.push(name.toLowerCase());
    else if (CLASS_NAME.test(name)) instances.push(name);
    else others.push(name);
  }
  // "an instance of Buffer or Object" reads better than "of type object or an instance of Buffer".
  const at = types.indexOf('object');
  if (instances.length > 0 && at !== -1) {
    types.splice(at, 1);
    instances.push('Object');
  }
  return { types, instances, others };
}

function describeExpected(expected) {
  const { types, instances, others } = groupExpected(expected);
  const parts = [];
  if (types.length > 0) {
    parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${enumerate(types, 'or')}`);
  }
  if (instances.length > 0) parts.push(`an instance of ${enumerate(instances, 'or')}`);
  if (others.length > 1) parts.push(`one of ${enumerate(others, 'or')}`);
  else if (others.length === 1) {
    const article = others[0].toLowerCase() === others[0] ? '' : 'an ';
    parts.push(`${article}${others[0]}`);
  }
  return parts.join(' or ');
}

function invalidArgType(name, expected, actual) {
  const subject = name.endsWith(' argument') ? name : `"${name}" ${kindOf(name)}`;
  return `The ${subject} must be ${describeExpected(expected)}. ${describeReceived(actual)}`;
}

function invalidArgValue(name, value, reason = 'is invalid') {
  let shown = util.inspect(value);
  if (shown.length > LONGEST_SHOWN_VALUE) shown = `${shown.slice(0, LONGEST_SHOWN_VALUE)}...`;
  return `The ${kindOf(name)} '${name}' ${reason}. Received ${shown}`;
}

/** 4294967297 -> 4_294_967_297, counted in characters from the right. */
function separateThousands(digits) {
  const sign = digits.startsWith('-') ? '-' : '';
  return sign + digits.slice(sign.length).replace(/(?!^)(?=(?:.{3})+$)/g, '_');
}

function outOfRange(name, range, value) {
  let shown;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) shown = separateThousands(String(value));
  else if (typeof value === 'bigint') {
    const big = value > 2n ** 32n || value < -(2n ** 32n);
    shown = `${big ? separateThousands(String(value)) : value}n`;
  } else shown = util.inspect(value);
  return `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`;
}

function badPort(name, port) {
  return `${name} should be >= 0 and < 65536. ${describeReceived(port)}.`;
}

function missingArgs(...names) {
  const quoted = names.map((name) =>
    Array.isArray(name) ? name.map((one) => `"${one}"`).join(' or ') : `"${name}"`,
  );
  return `The ${enumerate(quoted, 'and')} argument${names.length > 1 ? 's' : ''} must be specified`;
}

function template(text) {
  return (...args) => (args.length === 0 ? text : util.format(text, ...args));
}

/**
 * Makes the stack say `Name [CODE]: message` while `name` itself stays `Name`. The header is taken from the
 * error when the stack is first read, so it is read while the longer name is in place.
 */
function captureCodedStack(error, code, top) {
  // A header ends with the name when there is no message; core's keeps the colon.
  const value = `${error.name} [${code}]${error.message === '' ? ': ' : ''}`;
  Object.defineProperty(error, 'name', { value, configurable: true, enumerable: false, writable: true });
  Error.captureStackTrace(error, top);
  void error.stack;
  delete error.name;
}

/** A constructor for errors with `code`; to the outside they are plain `Base` errors, as core's are. */
function defineCode(code, Base, getMessage, getFields) {
  function CodedError(...args) {
    const error = Reflect.construct(Base, [getMessage(...args)], CodedError);
    error.code = code;
    if (getFields !== undefined) Object.assign(error, getFields(...args));
    captureCodedStack(error, code, topFrame || CodedError);
    return error;
  }
  Object.defineProperty(CodedError, 'name', { value: code, configurable: true });
  CodedError.prototype = Object.create(Base.prototype, {
    constructor: { value: Base, configurable: true, enumerable: false, writable: true },
    toString: {
      value() {
        return `${this.name} [${code}]: ${this.message}`;
      },
      configurable: true,
      enumerable: false,
      writable: true,
    },
  });
  return CodedError;
}

function defineText(code, Base, text) {
  return defineCode(code, Base, template(text));
}

const codes = {
  ERR_FILE_TRUNCATED: defineText('ERR_FILE_TRUNCATED', Error, 'The file ended %d bytes too early'),
  ERR_INVALID_ADDRESS_FAMILY: defineCode(
    'ERR_INVALID_ADDRESS_FAMILY',
    RangeError,
    (family, host, port) => `Invalid address family: ${family} ${host}:${port}`,
    (family, host, port) => ({ host, port }),
  ),
  ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: defineText(
    'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
    TypeError,
    'The feature %s is unavailable on the current platform, which is being used to run Node.js',
  ),
  ERR_INVALID_ARG_TYPE: defineCode('ERR_INVALID_ARG_TYPE', TypeError, invalidArgType),
  ERR_INVALID_ARG_VALUE: defineCode('ERR_INVALID_ARG_VALUE', TypeError, invalidArgValue),
  ERR_INVALID_FD_TYPE: defineText('ERR_INVALID_FD_TYPE', TypeError, 'Unsupported fd type: %s'),
  ERR_INVALID_HANDLE_TYPE: defineText(
    'ERR_INVALID_HANDLE_TYPE',
    TypeError,
    'This handle type cannot be sent',
  ),
  ERR_INVALID_IP_ADDRESS: defineText('ERR_INVALID_IP_ADDRESS', TypeError, 'Invalid IP address: %s'),
  ERR_INVALID_STATE: defineText('ERR_INVALID_STATE', Error, 'Invalid state: %s'),
  ERR_IP_BLOCKED: defineText('ERR_IP_BLOCKED', Error, 'IP(%s) is blocked by net.BlockList'),
  ERR_MISSING_ARGS: defineCode('ERR_MISSING_ARGS', TypeError, missingArgs),
  ERR_OUT_OF_RANGE: defineCode('ERR_OUT_OF_RANGE', RangeError, outOfRange),
  ERR_PROXY_HEADER_INVALID: defineText(
    'ERR_PROXY_HEADER_INVALID',
    Error,
    'The header of the PROXY protocol %s',
  ),
  ERR_PROXY_HEADER_TIMEOUT: defineText(
    'ERR_PROXY_HEADER_TIMEOUT',
    Error,
    'The header of the PROXY protocol did not come in time',
  ),
  ERR_RELAY_IDLE_TIMEOUT: defineText('ERR_RELAY_IDLE_TIMEOUT', Error, 'Nothing was relayed for %d ms'),
  ERR_SERVER_ALREADY_LISTEN: defineText(
    'ERR_SERVER_ALREADY_LISTEN',
    Error,
    'Listen method has been called more than once without closing.',
  ),
  ERR_SERVER_NOT_RUNNING: defineText('ERR_SERVER_NOT_RUNNING', Error, 'Server is not running.'),
  ERR_SOCKET_BAD_PORT: defineCode('ERR_SOCKET_BAD_PORT', RangeError, badPort),
  ERR_SOCKET_CLOSED: defineText('ERR_SOCKET_CLOSED', Error, 'Socket is closed'),
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: defineText(
    'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
    Error,
    'Socket closed before the connection was established',
  ),
  ERR_SOCKET_CONNECTION_TIMEOUT: defineText(
    'ERR_SOCKET_CONNECTION_TIMEOUT',
    Error,
    'Socket connection timeout',
  ),
  ERR_STREAM_DESTROYED: defineText(
    'ERR_STREAM_DESTROYED',
    Error,
    'Cannot call %s after a stream was destroyed',
  ),
  ERR_STREAM_WRITE_AFTER_END: defineText('ERR_STREAM_WRITE_AFTER_END', Error, 'write after end'),
  ERR_STREAM_PREMATURE_CLOSE: defineText('ERR_STREAM_PREMATURE_CLOSE', Error, 'Premature close'),
  ERR_SOCKET_HANDLE_ADOPTED: defineText(
    'ERR_SOCKET_HANDLE_ADOPTED',
    Error,
    'The bound socket has already been adopted by a server or socket',
  ),
};

/** `new Coded(...args)` whose stack starts at the caller of `fn`, so that a validator does not show. */
function errorFrom(fn, Coded, ...args) {
  const before = topFrame;
  topFrame = fn;
  try {
    return new Coded(...args);
  } finally {
    topFrame = before;
  }
}

let systemErrors;

/** What Node's table lacks, of calls that it never makes. */
const TOO_MANY_REFERENCES = process.platform === 'linux' ? -109 : -59;

/** `[name, message]` of a negative errno; Node's own table, fetched when the first error needs it. */
function systemError(errno) {
  systemErrors ??= util.getSystemErrorMap();
  const entry = systemErrors.get(errno);
  if (entry !== undefined || errno !== TOO_MANY_REFERENCES || process.platform === 'win32') return entry;
  return ['ETOOMANYREFS', 'too many references'];
}

function errnoCode(errno) {
  const entry = systemError(errno);
  return entry === undefined ? `Unknown system error ${errno}` : entry[0];
}

/** ` 127.0.0.1:80`, ` /a/path` or nothing. */
function formatTarget(address, port) {
  if (port && port > 0) return ` ${address}:${port}`;
  return address ? ` ${address}` : '';
}

/** A failed system call without an address, such as `read ECONNRESET`. */
function errnoException(errno, syscall, original) {
  const code = errnoCode(errno);
  const error = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  Error.captureStackTrace(error, errnoException);
  return error;
}

/** A failed system call on an address, such as `connect ECONNREFUSED 127.0.0.1:1`. */
function exceptionWithHostPort(errno, syscall, address, port, additional) {
  // In its place core's handles, and so ours, return the error of a permission that is missing.
  const refused = typeof errno === 'object' ? errno : null;
  const code = refused?.code ?? errnoCode(errno);
  const local = additional ? ` - Local (${additional})` : '';
  const details = refused ? ` ${refused.message}` : `${formatTarget(address, port)}${local}`;
  const error = new Error(`${syscall} ${code}${details}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  Error.captureStackTrace(error, exceptionWithHostPort);
  return error;
}

/** The same with the system's own words: `listen EADDRINUSE: address already in use 127.0.0.1:80`. */
function uvExceptionWithHostPort(errno, syscall, address, port) {
  const [code, text] = systemError(errno) || ['UNKNOWN', 'unknown error'];
  const error = new Error(`${syscall} ${code}: ${text}${formatTarget(address, port)}`);
  error.code = code;
  error.errno = errno;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  Error.captureStackTrace(error, uvExceptionWithHostPort);
  return error;
}

/** All attempts of one connect() failed: `code` is the first one's. */
function newAggregate(errors) {
  const error = new AggregateError(errors);
  const code = errors.length > 0 ? errors[0].code : undefined;
  error.code = code;
  captureCodedStack(error, code, newAggregate);
  return error;
}

/** What core's streams are destroyed with, and an operation rejects with, whose signal has aborted. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  Error.captureStackTrace(error, abortError);
  return error;
}

function connResetException(message) {
  const error = new Error(message);
  error.code = 'ECONNRESET';
  Error.captureStackTrace(error, connResetException);
  return error;
}

module.exports = {
  abortError,
  codes,
  connResetException,
  errnoException,
  errorFrom,
  exceptionWithHostPort,
  newAggregate,
  uvExceptionWithHostPort,
};
