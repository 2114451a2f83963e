'use strict';

// Sockets that are bound and do nothing yet, until a server or a socket takes them over. Newer cores have such a class
// too; theirs are taken over in the same way.
const { Buffer } = require('node:buffer');
const core = require('node:net');
const process = require('node:process');
const ListenHandle = require('../handle/listen.js');
const CoreListener = require('../core/core-listener.js');
const coreHandles = require('../core/handles.js');
const { pathListener } = require('../core/pipe.js');
const native = require('../engine/native.js');
const { EADDRINUSE, EINVAL } = require('../base/errno.js');
const { checkNet } = require('../base/permission.js');
const { codes, errnoException, exceptionWithHostPort } = require('../base/errors.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { validateBoolean, validateObject, validatePort, validateString } = require('../base/validators.js');
const { isCutPath, isTooLong } = require('../base/connect-args.js');
const { hasDescriptors } = require('../base/system.js');

/** Gives up what a bound socket holds: `{ listener, path }`. */
let take;

class BoundSocket {
  /** The add-on's object, on Windows core's handle for a path; null when it was taken over or closed. */
  #listener;
  /** Undefined for TCP. */
  #path;

  constructor(options = {}) {
    try {
      validateObject(options, 'options');
      this.#path = options.path;
      this.#listener = this.isPipe && !hasDescriptors ? pathListener() : new native.NativeServer();
      if (this.isPipe) bindPath(this.#listener, options);
      else bindAddress(this.#listener, options);
    } catch (error) {
      closeListener(this.#listener);
      throw error;
    }
  }

  get #open() {
    if (this.#listener === null) throw new codes.ERR_SOCKET_HANDLE_ADOPTED();
    return this.#listener;
  }

  /** The address and port, or the path. */
  address() {
    const listener = this.#open;
    if (this.#path !== undefined) return this.#path;
    const name = listener.localAddress();
    if (typeof name === 'number') throw errnoException(name, 'address');
    return name;
  }

  fd() {
    return this.#open.fd;
  }

  close() {
    closeListener(this.#open);
    this.#listener = null;
  }

  get isPipe() {
    return this.#path !== undefined;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    if (this.#listener !== null) this.close();
  }

  static {
    take = (bound) => {
      const listener = bound.#open;
      bound.#listener = null;
      return { listener, path: bound.#path };
    };
  }
}

/** Nothing where the options were refused. */
function closeListener(listener) {
  if (listener instanceof CoreListener) listener.close();
  else if (listener !== undefined) native.close(listener.id);
}

function bindAddress(listener, options) {
  const ipv6Only = flag(options, 'ipv6Only');
  const reusePort = flag(options, 'reusePort');
  const host = options.host ?? (ipv6Only ? '::' : '0.0.0.0');
  validateString(host, 'options.host');
  if (core.isIP(host) === 0) {
    const reason = 'must be a numeric IP address; net.BoundSocket does not perform DNS resolution';
    throw new codes.ERR_INVALID_ARG_VALUE('options.host', host, reason);
  }
  const port = validatePort(options.port ?? 0, 'options.port');
  checkNet();
  let status = listener.bind(host, port, ipv6Only, reusePort);
  // A port in use shows only in the name that the socket got.
  if (status === 0) status = statusOf(listener.localAddress());
  if (status < 0) throw exceptionWithHostPort(status, 'bind', host, port);
}

function statusOf(name) {
  if (typeof name === 'number') return name;
  if (name.port === 0) return EADDRINUSE;
  return 0;
}

function flag(options, name) {
  const value = options[name];
  if (value === undefined || value === null) return false;
  validateBoolean(value, `options.${name}`);
  return value;
}

function bindPath(listener, options) {
  const { path } = options;
  validateString(path, 'options.path');
  if (['host', 'port', 'ipv6Only', 'reusePort'].some((name) => options[name] !== undefined)) {
    const reason = 'path is mutually exclusive with host, port, ipv6Only, and reusePort';
    throw new codes.ERR_INVALID_ARG_VALUE('options', options, reason);
  }
  if (path.startsWith('\0') && process.platform !== 'linux') {
    throw new codes.ERR_INVALID_ARG_VALUE('options.path', path, 'can be abstract on Linux only');
  }
  checkNet(path);
  const status =
    isCutPath(path) || isTooLong(path)
      ? EINVAL
      : listener.bindPath(hasDescriptors ? Buffer.from(path) : path);
  if (status < 0) throw errnoException(status, 'bind');
}

/** Whether it is a bound socket, of ours or of core's. */
function isBoundSocket(value) {
  return (
    value instanceof BoundSocket || (core.BoundSocket !== undefined && value instanceof core.BoundSocket)
  );
}

/** The handle of one of core's. Core gives it to sockets of its own only, so one that does nothing else takes it. */
function takeFromCore(bound) {
  const path = bound.isPipe ? bound.address() : undefined;
  const { _handle } = new core.Socket({ handle: bound, manualStart: true, readable: false, writable: false });
  return { coreHandle: _handle, path };
}

/** Takes it over for a server: `{ handle, path }`. Throws ERR_SOCKET_HANDLE_ADOPTED if somebody else has. */
function toListener(bound) {
  if (bound instanceof BoundSocket) {
    const { listener, path } = take(bound);
    if (listener instanceof CoreListener) return { handle: listener, path };
    return { handle: new ListenHandle(path === undefined, listener), path };
  }
  const { coreHandle, path } = takeFromCore(bound);
  const handle = coreHandles.listenerBeside(coreHandle);
  if (typeof handle === 'number') throw errnoException(handle, 'open');
  return { handle, path };
}

/** The same for a socket. */
function toStream(bound) {
  if (bound instanceof BoundSocket) {
    const { listener, path } = take(bound);
    if (listener instanceof CoreListener) return { handle: listener.coreHandle, path };
    const Handle = path === undefined ? TcpHandle : PipeHandle;
    const handle = new Handle(listener.id);
    handle.hasPeer = false;
    return { handle, path };
  }
  const { coreHandle, path } = takeFromCore(bound);
  const handle = coreHandles.takeStream(coreHandle);
  if (typeof handle === 'number') throw errnoException(handle, 'open');
  handle.hasPeer = false;
  return { handle, path };
}

module.exports = { BoundSocket, isBoundSocket, toListener, toStream };
