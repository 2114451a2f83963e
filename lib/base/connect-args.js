'use strict';

const { Buffer } = require('node:buffer');
const net = require('node:net');
const process = require('node:process');
const { isUint8Array } = require('node:util').types;

/**
 * Core's mark on an argument list that was normalised already. With it, core's functions take our lists and we
 * take theirs; a core without the mark leaves us with a private one.
 */
const normalizedArgsSymbol =
  (typeof net._normalizeArgs === 'function' && Object.getOwnPropertySymbols(net._normalizeArgs([]))[0]) ||
  Symbol('normalizedArgs');

/** The number in `value`, or false: a missing port must not become port 0 by a careless conversion. */
function toNumber(value) {
  const number = Number(value);
  return number >= 0 ? number : false;
}

/** A string that is not a port number names a unix socket or a pipe. */
function isPipeName(value) {
  return typeof value === 'string' && toNumber(value) === false;
}

/** Whether it is a path as bytes, for what no text can name. None at all have the kernel choose a name. */
function isPathBytes(value) {
  return isUint8Array(value) && value.length > 0;
}

/** The same as errors and permissions name it. */
function textOf(path) {
  return typeof path === 'string' ? path : Buffer.from(path).toString();
}

/** Whether a NUL in front names an abstract socket, of any bytes. */
function isAbstract(path) {
  return path[0] === '\0' || path[0] === 0;
}

/** Whether C would see the end of a path at a NUL inside. */
function isCutPath(path) {
  return !isAbstract(path) && path.includes(typeof path === 'string' ? '\0' : 0);
}

/** Bytes that fit into a socket address beside the NUL at a path's end, which an abstract name does without. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;
const refusesLongPaths = process.platform !== 'win32' && Number(process.versions.node.split('.')[0]) >= 24;

/** Whether a path is too long where the running Node says so. Older ones cut it, and so does Rust. */
function isTooLong(path) {
  const longest = isAbstract(path) ? LONGEST_PATH + 1 : LONGEST_PATH;
  return refusesLongPaths && Buffer.byteLength(path) > longest;
}

function isNormalizedArgs(args) {
  return Array.isArray(args) && args[normalizedArgsSymbol] === true;
}

/** The object form of `(options)`, `(path)` and `(port, host)`. */
function toOptions(args) {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return first;
  if (isPipeName(first)) return { path: first };
  const options = { port: first };
  if (args.length > 1 && typeof second === 'string') options.host = second;
  return options;
}

/**
 * The arguments of connect() and listen(), in any of their forms, as `[options, callback]`. The callback is the
 * last argument if that is a function, else null. A list that was normalised before is returned as it is.
 */
function normalizeArgs(args) {
  if (isNormalizedArgs(args)) return args;
  if (args.length > 0 && isNormalizedArgs(args[0])) return args[0];
  const last = args[args.length - 1];
  const normalized = [args.length === 0 ? {} : toOptions(args), typeof last === 'function' ? last : null];
  normalized[normalizedArgsSymbol] = true;
  return normalized;
}

module.exports = {
  isAbstract,
  isCutPath,
  isTooLong,
  isNormalizedArgs,
  isPathBytes,
  isPipeName,
  normalizeArgs,
  normalizedArgsSymbol,
  textOf,
  toNumber,
};
