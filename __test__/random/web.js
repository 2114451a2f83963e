'use strict';

// A run of a program of http: core's http over sockets of the given implementations of net. Each exchange has two ends, each
// of which writes a body and reads the other's.

const http = require('node:http');
const { Exchange, whenFirst } = require('./web-exchange.js');
const { Run } = require('./pairs.js');
const { pipeline } = require('./web-pipeline.js');

/** Readers need no more than a turn for each step, once all sockets are closed. */
const QUIET_TURNS = 5;

/**
 * Core's http frees a connection once more when a response ends in the tick between the last byte of its request and that one's
 * 'finish': the next request would share it with another, or find it destroyed.
 */
class Agent extends http.Agent {
  constructor(run, options) {
    super(options);
    this.run = run;
    this.createConnection = run.dial;
  }

  emit(event, socket, ...rest) {
    if (event === 'free' && socket === this.run.freedTwice) {
      this.run.freedTwice = null;
      return true;
    }
    return super.emit(event, socket, ...rest);
  }
}

class WebRun extends Run {
  constructor(program, nets) {
    super(program, nets);
    this.exchanges = program.exchanges.map((plan) => new Exchange(this, plan));
    this.left = this.exchanges.length;
    this.sockets = new Set();
    /** The connection that is free already. */
    this.freedTwice = null;
  }

  get ends() {
    return [];
  }

  connect() {
    const { nets, program } = this;
    this.http = this.createHttp();
    this.net = nets.server.createServer({ ...program.server }, (socket) => {
      this.keep(socket);
      this.http.emit('connection', socket);
    });
    this.net.on('error', (error) => this.problem('error', `server: ${error.stack}`));
    this.net.on('close', () => setImmediate(() => this.finishWhenClosed()));
    if (program.transport === 'unix') this.net.listen(this.path(), () => this.begin());
    else this.net.listen(0, '127.0.0.1', () => this.begin());
  }

  createHttp() {
    const server = http.createServer({ keepAliveTimeout: 0 });
    const serve = (request, response) => this.of(request).serve(request, response);
    server.on('request', serve);
    server.on('checkContinue', (request, response) =>
      whenFirst(response, () => {
        response.writeContinue();
        serve(request, response);
      }),
    );
    server.on('upgrade', (request, socket, head) => this.of(request).serveUpgrade(socket, head));
    return server;
  }

  of(request) {
    this.progress++;
    return this.exchanges.find(({ plan }) => plan.id === Number(request.headers['x-exchange']));
  }

  keep(socket) {
    this.sockets.add(socket);
    // One for each request that comes by it.
    socket.setMaxListeners(0);
    socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    return socket;
  }

  dial = () => {
    // An agent may still dial for a request that was given up.
    const address = this.net.address() ?? '/no/server/any/more';
    const target =
      typeof address === 'string' ? { path: address } : { port: address.port, host: '127.0.0.1' };
    return this.keep(this.nets.client.connect({ ...target, ...this.program.client }));
  };

  begin() {
    const { keepAlive, maxSockets } = this.program;
    this.agent = new Agent(this, { keepAlive, maxSockets: maxSockets ?? Infinity });
    if (this.program.pipelined) return pipeline(this);
    this.follow(undefined);
  }

  /** Who has sent all may be through long before who reads it, and messages hold what came before their socket closed. */
  finishWhenClosed(quiet = 0, progress = this.progress) {
    if (this.finished) return;
    const isQuiet = this.sockets.size === 0 && progress === this.progress;
    if (isQuiet && quiet === QUIET_TURNS) return this.finish();
    const { progress: now } = this;
    setImmediate(() => this.finishWhenClosed(isQuiet ? quiet + 1 : 0, now));
  }

  /** Begins those that wait for an exchange to have got that far. */
  follow(id, moment) {
    for (const exchange of this.exchanges)
      if (exchange.plan.after === id && (id === undefined || exchange.plan.moment === moment))
        exchange.place(exchange.plan.via, () => exchange.begin());
  }

  /** An exchange is over at both ends. */
  exchanged() {
    if (--this.left > 0) return;
    this.agent.destroy();
    // A connection that waits to be accepted is accepted first.
    setImmediate(() => this.net.close());
  }

  look() {
    if (this.progress !== this.last) this.idle = 0;
    this.last = this.progress;
    if (++this.idle >= this.constructor.HANG_AFTER) this.hang();
  }

  hang() {
    for (const exchange of this.exchanges) exchange.hung();
    if (this.problems.length === 0) this.problem('hang', 'a server does not close');
    this.hasHung = true;
    for (const socket of this.sockets) socket.destroy();
    this.agent?.destroy();
    this.net.close();
    this.finish();
  }

  finish() {
    if (this.finished) return;
    this.finished = true;
    clearInterval(this.watch);
    if (!this.hasHung) for (const exchange of this.exchanges) exchange.check();
    const { problems, trace } = this;
    this.resolve({ problems, trace, rescued: false });
  }
}

module.exports = { WebRun };
