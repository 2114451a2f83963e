'use strict';

const { createHash } = require('node:crypto');
const { getSystemErrorName } = require('node:util');

const SHOWN_BYTES = 48;
const ERROR_FIELDS = ['syscall', 'address', 'port', 'path', 'hostname', 'dest'];

function digest(bytes) {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 10);
}

function bytesText(bytes) {
  const text = bytes.toString('latin1');
  const printable = bytes.length <= SHOWN_BYTES && /^[\x20-\x7e\r\n]*$/.test(text);
  return printable ? JSON.stringify(text) : `${bytes.length} bytes sha1:${digest(bytes)}`;
}

function errnoText(errno) {
  if (typeof errno !== 'number' || errno >= 0) return String(errno);
  try {
    return getSystemErrorName(errno);
  } catch {
    return String(errno);
  }
}

/**
 * Turns values into text that is the same in every run: ports, folders and objects that a run makes
 * up are given names, errors are reduced to the fields a program can match on.
 */
class Normaliser {
  #ports = new Map();
  #paths = new Map();
  #names = new WeakMap();

  port(number, name = 'P') {
    this.#ports.set(number, name);
    return number;
  }

  path(text, name) {
    this.#paths.set(text, name);
    return text;
  }

  name(object, label) {
    this.#names.set(object, label);
    return object;
  }

  text(string) {
    let text = string;
    for (const [path, name] of this.#paths) text = text.replaceAll(path, `<${name}>`);
    for (const [port, name] of this.#ports) {
      text = text.replace(new RegExp(`(?<![0-9])${port}(?![0-9])`, 'g'), name);
    }
    // The local port of a failed connection is never known to the scenario.
    return text.replace(/Local \((.+):[1-9][0-9]*\)/, 'Local ($1:L)');
  }

  error(error) {
    const kind = error.constructor?.name ?? 'null';
    const fields = [];
    if (error.code !== undefined) fields.push(`code=${error.code}`);
    if (error.errno !== undefined) fields.push(`errno=${errnoText(error.errno)}`);
    for (const key of ERROR_FIELDS) {
      if (error[key] !== undefined) fields.push(`${key}=${this.value(error[key])}`);
    }
    fields.push(`keys=${Object.keys(error).sort().join(',')}`);
    if (String(error) !== `${error.name}: ${error.message}`)
      fields.push(`string=${this.text(String(error))}`);
    if (Array.isArray(error.errors)) {
      fields.push(`errors=[${error.errors.map((one) => this.error(one)).join('; ')}]`);
    }
    return `${kind}(${JSON.stringify(this.text(error.message))} ${fields.join(' ')})`;
  }

  value(value, depth = 0) {
    switch (typeof value) {
      case 'number':
        return this.#ports.get(value) ?? String(value);
      case 'string':
        return JSON.stringify(this.text(value));
      case 'function':
        return `[Function ${value.name}]`;
      case 'object':
        return value === null ? 'null' : this.#object(value, depth);
      default:
        return String(value);
    }
  }

  #object(value, depth) {
    const label = this.#names.get(value);
    if (label !== undefined) return `<${label}>`;
    if (value instanceof Error) return this.error(value);
    if (Buffer.isBuffer(value)) return `Buffer ${bytesText(value)}`;
    if (value instanceof Uint8Array) return `Uint8Array ${bytesText(Buffer.from(value))}`;
    if (Array.isArray(value)) return `[${value.map((one) => this.value(one, depth + 1)).join(', ')}]`;
    const prototype = Object.getPrototypeOf(value);
    if ((prototype !== Object.prototype && prototype !== null) || depth > 3) {
      return `[${value.constructor?.name ?? 'Object'}]`;
    }
    const pairs = Object.keys(value).map((key) => `${key}: ${this.value(value[key], depth + 1)}`);
    return `{ ${pairs.join(', ')} }`;
  }
}

module.exports = { Normaliser, bytesText };
