'use strict';

// What a scenario is given: the net under test, figures, checks and the runner's services.

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { createHash } = require('node:crypto');
const { pseudoRandom, sha256 } = require('./data');
const { testCertificate } = require('./certs');

const REPOSITORY = path.join(__dirname, '..', '..');
const DEADLINE = 30_000;

class Context {
  /** @param {{ impl: 'core' | 'oxinet', dir: string, request: Function }} parts */
  constructor({ impl, dir, request }) {
    this.impl = impl;
    this.dir = dir;
    this.net = net;
    this.figures = { operations: 0, bytes: 0, sockets: 0, hashes: 0 };
    this.failures = {};
    this.notes = {};
    this.cleanups = [];
    this.acceptedBy = new Map();
    this.request = request;
    this.checkWhichNet();
  }

  /** The control must run on core's net, the other run on oxinet's: neither may be the other by accident. */
  checkWhichNet() {
    assert.strictEqual(require('net'), net);
    if (this.impl === 'core') {
      const face = path.join(REPOSITORY, 'index.js');
      const addOns = Object.keys(require.cache).filter((file) => file === face || file.endsWith('.node'));
      assert.deepStrictEqual(addOns, [], 'the control has oxinet loaded');
      return;
    }
    const oxinet = require(REPOSITORY);
    assert.strictEqual(net.Socket, oxinet.Socket, 'require("net") does not give oxinet\'s Socket');
    assert.strictEqual(net.Server, oxinet.Server, 'require("net") does not give oxinet\'s Server');
    this.oxinet = oxinet;
  }

  /** Asserts that the socket (or server) a package works with is one of the net under test. */
  own(handle, what = 'socket') {
    const { Socket, Server } = this.impl === 'oxinet' ? this.oxinet : net;
    // Not `instanceof`: oxinet's classes say yes to core's instances, too.
    const isOwn = [Socket, Server].some(({ prototype }) =>
      Object.prototype.isPrototypeOf.call(prototype, handle),
    );
    const name = handle?.constructor?.name;
    assert.ok(isOwn, `${what}: a ${name} that is not of ${this.impl}'s net`);
    this.figures.sockets++;
    return handle;
  }

  /**
   * Collects every client socket made from now on. For packages that keep their socket private: each way
   * into the module is watched, so a package that found another net leaves the list empty.
   */
  watchClients() {
    const seen = new Set();
    const { connect } = net.Socket.prototype;
    net.Socket.prototype.connect = function (...args) {
      seen.add(this);
      return connect.apply(this, args);
    };
    const { connect: open, createConnection } = net;
    net.connect = (...args) => remember(open(...args));
    net.createConnection = (...args) => remember(createConnection(...args));
    const remember = (socket) => (seen.add(socket), socket);
    this.defer(() => {
      // A driver may leave a paused socket behind, which never sees its end (postgres.js after COPY).
      for (const socket of seen) socket.destroy();
      net.Socket.prototype.connect = connect;
      Object.assign(net, { connect: open, createConnection });
    });
    return seen;
  }

  operation(count = 1) {
    this.figures.operations += count;
  }

  /** Deterministic bytes: the same seed gives the same bytes in every process. */
  data(length, seed = 'oxinet') {
    return pseudoRandom(length, seed);
  }

  /** Compares two payloads (Buffers, strings or SHA-256 hex digests made by `hash()`) by SHA-256. */
  sameBytes(actual, expected, what) {
    const length = Buffer.byteLength(actual);
    assert.strictEqual(length, Buffer.byteLength(expected), `${what}: length`);
    this.sameHash(sha256(actual), sha256(expected), length, what);
  }

  sameHash(actual, expected, length, what) {
    assert.strictEqual(actual, expected, `${what}: SHA-256 of ${length} bytes`);
    this.figures.bytes += length;
    this.figures.hashes++;
  }

  hash() {
    return createHash('sha256');
  }

  sha256(data) {
    return sha256(data);
  }

  /** Reads a stream to its end: `{ length, digest }`. */
  async drain(readable) {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of readable) {
      hash.update(chunk);
      length += chunk.length;
    }
    return { length, digest: hash.digest('hex') };
  }

  /** Notes how a failure surfaced. The runner compares the notes of the two runs. */
  failure(label, error) {
    assert.ok(error, `${label}: no error`);
    const found = typeof error === 'string' ? error : describe(error);
    const list = (this.failures[label] ??= []);
    if (!list.includes(found)) list.push(found);
    return error;
  }

  /** Notes what is compared with the other run and not worth a line of output. */
  note(label, text) {
    this.notes[label] = text;
  }

  /** The error that the promise rejects with; resolving is the mistake here. */
  async rejection(promise, what) {
    const result = await this.within(
      promise.then(
        () => undefined,
        (error) => error,
      ),
      what,
    );
    assert.ok(result, `${what}: expected an error`);
    return result;
  }

  /** A hang is reported by name and not by the runner's kill. This is no measure of speed. */
  within(promise, what, limit = DEADLINE) {
    let timer;
    const deadline = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`hangs: ${what}`)), limit);
    });
    return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
  }

  /** The arguments of the next `name` event; an 'error' event rejects, as with events.once. */
  once(emitter, name, what = `'${name}'`) {
    return this.within(once(emitter, name), what);
  }

  /** The next event of one of these names, 'error' included, without rejecting. */
  first(emitter, names, what = names.join(' or ')) {
    const promise = new Promise((resolve) => {
      for (const name of names) emitter.once(name, (...args) => resolve({ name, args }));
    });
    return this.within(promise, what);
  }

  /** Binds and, when the scenario is over, destroys what is still connected and closes. */
  async listen(server, where = { port: 0, host: '127.0.0.1' }) {
    this.own(server, 'server');
    const sockets = this.accepted(server);
    server.listen(where);
    await this.once(server, 'listening');
    this.defer(() => {
      const closed = server.listening && new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      return closed;
    });
    return server.address();
  }

  /** The open sockets a server accepted, each asserted to be of the net under test. */
  accepted(server) {
    if (this.acceptedBy.has(server)) return this.acceptedBy.get(server);
    const sockets = new Set();
    this.acceptedBy.set(server, sockets);
    server.on('connection', (socket) => {
      sockets.add(this.own(socket, 'accepted socket'));
      socket.on('close', () => sockets.delete(socket));
    });
    return sockets;
  }

  certificate() {
    return testCertificate();
  }

  file(name) {
    return path.join(this.dir, name);
  }

  /** Asks the runner to start, kill or stop a real server: the runner owns it, whatever becomes of us. */
  service(name, action, options) {
    return this.within(this.request({ service: name, action, options }), `${name} ${action}`, 60_000);
  }

  defer(cleanup) {
    this.cleanups.push(cleanup);
  }

  async cleanUp() {
    while (this.cleanups.length > 0) {
      const cleanup = this.cleanups.pop();
      await this.within(Promise.resolve(cleanup()), `clean-up ${cleanup}`, 10_000);
    }
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Class and code; a message only where there is no code, without the numbers (ports, pids) that differ by run. */
function describe(error) {
  const parts = [error.constructor.name, error.code ?? JSON.stringify(error.message.replace(/\d+/g, 'N'))];
  if (error.syscall) parts.push(error.syscall);
  return parts.join(' ');
}

module.exports = { Context, REPOSITORY };
