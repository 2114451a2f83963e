'use strict';

// A run of a program of sockets: two ends over the given implementations of net. Its result is `{ problems, trace, rescued }`.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { End } = require('./end.js');
const { Numbers } = require('./numbers.js');
const { PLAIN, TLS } = require('./over.js');
const { onreadOption } = require('./readers.js');

// The one timer of a run only watches whether anything happens at all.
const WATCH_MS = 30;
const RESCUE_AFTER = 2;
const HANG_AFTER = Number(process.env.RANDOM_HANG_MS || 6000) / WATCH_MS;

let paths = 0;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-random-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

/** Options that turn nobody away; who says nothing is not waited for. Core has none of them. */
function gate({ BlockList }) {
  const trusted = new BlockList();
  trusted.addAddress('127.0.0.1');
  const limits = { maxConnectionsPerAddress: 1000, acceptRate: 100_000 };
  return { proxyProtocol: 'accept', trusted, proxyProtocolTimeout: 1, ...limits };
}

class Run {
  static HANG_AFTER = HANG_AFTER;

  constructor(program, nets) {
    Object.assign(this, { program, nets, key: program.seed });
    this.over = program.tls ? TLS : PLAIN;
    this.passesDescriptors = [nets.client, nets.server].every(({ Socket }) => 'sendFds' in Socket.prototype);
    this.numbers = new Numbers(nets);
    this.problems = [];
    this.trace = [];
    this.progress = 0;
    this.rescued = false;
    this.open = 0;
    this.servers = [];
  }

  problem(kind, text) {
    if (this.problems.length < 20) this.problems.push({ kind, text });
  }

  note(name, line) {
    this.trace.push(`${name} ${line}`);
  }

  play() {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.watch = setInterval(() => this.look(), WATCH_MS);
      for (let pair = 0; pair < this.program.pairs; pair++) this.connect(pair);
    });
  }

  path() {
    return path.join(folder, `${paths++}.sock`);
  }

  connect(number) {
    const { program, nets } = this;
    const suffix = number === 0 ? '' : `${number}`;
    const client = new End(this, `client${suffix}`, program.client);
    const accepted = new End(this, `server${suffix}`, program.server);
    client.peer = accepted;
    accepted.peer = client;
    // An echo sends what it got: its log is kept by its reader.
    const options = { ...program.server.options, ...(program.server.gate ? gate(nets.server) : {}) };
    const pair = { client, accepted, server: nets.server.createServer(options) };
    pair.server.on('connection', (raw) =>
      this.attach(accepted, this.over.server(raw, program.server.options)),
    );
    pair.server.on('error', (error) => this.problem('error', `server: ${error.stack}`));
    // A server says it again for each close() of one that has no connection left.
    pair.server.once('close', () => this.closedOne(pair));
    pair.left = 2;
    this.open++;
    this.servers.push(pair);
    const listening = () => this.dial(pair);
    if (program.transport === 'unix') pair.server.listen(this.path(), listening);
    else pair.server.listen(0, '127.0.0.1', listening);
  }

  dial({ client, server }) {
    const { program } = this;
    const address = server.address();
    const target =
      typeof address === 'string' ? { path: address } : { port: address.port, host: '127.0.0.1' };
    const raw = this.connectTo(target, program.client, client);
    this.attach(client, this.over.client(raw, program.client.options), 'connect');
  }

  connectTo(target, { options, dial, abortable, reader }, end) {
    const { client } = this.nets;
    const all = { ...target, ...options };
    if (dial === 'parallel' && target.port) this.dialAtOnce(all);
    if (dial === 'name' && target.port) {
      const { host } = target;
      const answer = (all) => (all ? [null, [{ address: host, family: 4 }]] : [null, host, 4]);
      const lookup = (name, { all }, callback) => setImmediate(callback, ...answer(all));
      Object.assign(all, { host: 'some.name', lookup });
    }
    if (dial === 'local' && target.port) all.localAddress = '127.0.0.1';
    if (abortable) {
      end.aborter = new AbortController();
      all.signal = end.aborter.signal;
    }
    if (reader.how === 'onread') all.onread = onreadOption(end, reader);
    return dial === 'new' ? new client.Socket(all).connect(all) : client.connect(all);
  }

  /** Several addresses, of which one refuses. Core, which would forget an end() by that, knows only the other. */
  dialAtOnce(all) {
    const isOurs = this.nets.client.stats !== undefined;
    const addresses = isOurs ? ['127.0.0.9', all.host] : [all.host];
    const entries = addresses.map((address) => ({ address, family: 4 }));
    const lookup = (name, options, callback) => setImmediate(callback, null, entries);
    Object.assign(all, { host: 'some.name', lookup, autoSelectFamily: isOurs ? 'parallel' : true });
  }

  closeServer(end) {
    this.servers.find(({ accepted }) => accepted === end).server.close();
  }

  countConnections() {
    for (const { server } of this.servers)
      server.getConnections((error, count) => {
        if (error || !(count >= 0 && count <= 1)) this.problem('counter', `getConnections ${error ?? count}`);
      });
  }

  /** The program begins at once; over TLS when the handshake is done. */
  attach(end, socket, connected) {
    const connect = () => {
      this.progress++;
      end.note('connect');
      end.fire('connect');
    };
    const { secured } = this.over;
    if (secured === null) {
      if (connected) socket.on(connected, connect);
      return end.attach(socket);
    }
    socket.once(secured, () => {
      end.attach(socket);
      if (connected) connect();
    });
  }

  closed(end) {
    const pair = this.servers.find(({ client }) => client === end);
    if (!pair) return;
    // A connection that waits to be accepted is accepted first.
    setImmediate(() => {
      pair.server.close();
      this.closedOne(pair);
    });
  }

  /** The client and the server; the program may have closed the server before. */
  closedOne(pair) {
    this.progress++;
    if (--pair.left > 0 || --this.open > 0) return;
    // What comes after the end is seen for a few turns more.
    let turns = 3;
    const pending = () => this.ends.some(({ reader }) => reader?.pending?.());
    const next = () => (turns-- > 0 || pending() ? setImmediate(next) : this.finish());
    next();
  }

  get ends() {
    return this.servers.flatMap(({ client, accepted }) => [client, accepted]);
  }

  look() {
    if (this.progress !== this.last) this.idle = 0;
    this.last = this.progress;
    this.idle++;
    if (this.idle >= HANG_AFTER) {
      this.hang();
    } else if (this.idle >= RESCUE_AFTER) {
      this.rescued = true;
      // On a loaded machine a connection may come after this began.
      for (const end of this.ends) end.rescue();
    }
  }

  hang() {
    for (const end of this.ends) {
      const { socket, seen, got, peer } = end;
      const state = socket
        ? `destroyed ${socket.destroyed}, writableLength ${socket.writableLength}, got ${got} of ${peer.log.length}`
        : 'no connection';
      if (seen.close === 0 && !end.staysOpen) end.problem('hang', state);
    }
    if (this.problems.length === 0 && !this.ends.some(({ staysOpen }) => staysOpen))
      this.problem('hang', `a server does not close`);
    this.hung = true;
    for (const { socket } of this.ends) socket?.destroy();
    for (const { server } of this.servers) server.close();
    this.finish();
  }

  finish() {
    if (this.finished) return;
    this.finished = true;
    clearInterval(this.watch);
    if (!this.hung) {
      for (const end of this.ends) if (end.socket !== null) end.check();
      this.numbers.check(this);
    }
    const { problems, trace, rescued } = this;
    this.resolve({ problems, trace, rescued });
  }
}

module.exports = { Run };
