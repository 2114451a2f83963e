'use strict';

// What a scenario runs on, in the process that is under test: the sockets that it watches, and what came of it.

const { once } = require('node:events');
const { compare } = require('./payload.js');

class Stage {
  /** `peers`: where those of the other process listen; `ask(where, how)` makes it connect to us, or listen for us. */
  constructor(net, peers, ask) {
    Object.assign(this, { net, peers, ask });
    this.errors = [];
    this.streams = [];
    this.writes = 0;
    this.called = 0;
    this.outOfTurn = 0;
  }

  /** Notes the errors of a socket or server; a promise of its end. */
  watch(emitter) {
    emitter.on('error', (err) => this.failed(err));
    return new Promise((resolve) => emitter.once('close', resolve));
  }

  failed(err) {
    this.errors.push(`${err.code ?? err.message} ${err.syscall ?? '-'}`);
  }

  /** A write whose callback has to come once, in its turn. */
  write(socket, chunk) {
    const turn = this.writes++;
    socket.write(chunk, () => {
      if (this.called !== turn) this.outOfTurn++;
      this.called++;
    });
  }

  /** Collects what comes. */
  collect(stream) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    return chunks;
  }

  /** What came should be the first `size` bytes. */
  came(chunks, size) {
    this.streams.push(compare(chunks, size));
  }

  /** Listens, has `visits` made, and ends; `serve(socket)` is for each connection. */
  async server(where, visits, serve, options = {}) {
    const ends = [];
    const server = this.net.createServer(options, (socket) => {
      ends.push(this.watch(socket));
      serve(socket);
    });
    const ended = this.watch(server);
    const first = Promise.race([once(server, 'listening').catch(() => {}), ended]);
    try {
      server.listen(where);
    } catch (err) {
      this.failed(err);
      return;
    }
    await first;
    if (server.listening) {
      await this.beVisited(server, where, visits);
      await new Promise((resolve) => server.close(resolve));
    }
    await Promise.all(ends);
  }

  async beVisited(server, where, visits) {
    try {
      const to = where.path === undefined ? { port: server.address().port } : where;
      this.streams.push(...(await Promise.all(visits.map((how) => this.ask(to, how)))));
    } catch (err) {
      this.failed(err);
    }
  }

  /** The address of a peer that behaves so. */
  peer(how, path) {
    return this.ask({ peer: true, path }, how);
  }

  outcome() {
    const { errors, streams, writes, called, outOfTurn } = this;
    return { errors: errors.sort(), streams, callbacks: { writes, called, outOfTurn } };
  }
}

module.exports = { Stage };
