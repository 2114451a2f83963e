'use strict';

// One exchange of an http program: the request, the response, and what must be true of them.

const http = require('node:http');
const { ROUGH_CODES } = require('./end.js');
const { Log } = require('./log.js');
const { attach } = require('./readers.js');
const { Writer } = require('./web-writer.js');

const WEB_CODES = new Set([...ROUGH_CODES, 'HPE_INVALID_EOF_STATE', 'HPE_INVALID_CONSTANT']);

/**
 * Runs `go` when no other response is before this one on its connection. What core writes ahead of the head of one that
 * waits (100, 103) comes after its head.
 */
function whenFirst(response, go) {
  if (response.socket) go();
  else response.once('socket', () => process.nextTick(go));
}

/** One direction of an exchange: what was sent and what came. */
class Body {
  constructor(exchange, name, plan) {
    Object.assign(this, { exchange, name, plan, log: new Log(), got: 0, ended: false, atEnd: [] });
  }

  problem(kind, text) {
    this.exchange.problem(kind, `${this.name}: ${text}`);
  }

  errorSeen(error) {
    this.exchange.errorSeen(error, this.name);
  }

  read(stream) {
    const { plan, exchange } = this;
    const start = () => plan.reader.how !== 'ignore' && attach(this, stream, plan.reader);
    stream.on('end', () => {
      this.ended = true;
      exchange.note(this.name, 'end');
      exchange.fire(`${this.name} end`);
      for (const go of this.atEnd.splice(0)) go();
    });
    if (plan.reader.late) setImmediate(start);
    else start();
  }

  whenEnded(go) {
    if (this.ended) go();
    else this.atEnd.push(go);
  }

  received(chunk) {
    this.exchange.run.progress++;
    const at = this.log.differsAt(this.got, chunk);
    if (at >= 0) this.problem('bytes', `byte ${at} is wrong (${this.got} right ones before this chunk)`);
    if (this.got === 0) this.exchange.fire(`${this.name} data`);
    this.got += chunk.length;
  }
}

class Exchange {
  constructor(run, plan) {
    Object.assign(this, { run, plan, request: null, response: null, begun: false, served: false });
    this.isUnheard = false;
    this.up = new Body(this, 'request', plan.request);
    this.down = new Body(this, 'response', plan.response);
    this.seen = {};
    this.isOver = false;
  }

  problem(kind, text) {
    this.run.problem(kind, `exchange ${this.plan.id}: ${text}`);
  }

  note(name, line) {
    this.run.note(`${name}${this.plan.id}`, line);
  }

  errorSeen(error, name) {
    if (!this.run.program.rough || !WEB_CODES.has(error?.code))
      this.problem('error', `${name}: unexpected ${error?.stack ?? error}`);
  }

  place(via, go) {
    if (via === 'tick') process.nextTick(go);
    else if (via === 'microtask') queueMicrotask(go);
    else if (via === 'immediate') setImmediate(go);
    else if (via === 'timer') setTimeout(go, 1);
    else go();
  }

  /** Runs what the plan wants at this moment. */
  fire(moment) {
    this.run.progress++;
    for (const act of this.plan.acts) if (act.at === moment) this.place(act.via, () => this.act(act));
    this.run.follow(this.plan.id, moment);
  }

  act({ side, do: what }) {
    const message = side === 'client' ? this.request : this.response;
    if (!message) return;
    if (what === 'destroy') message.destroy();
    else if (what === 'break') message.destroy(Object.assign(new Error('asked for'), { code: 'ABORT_ERR' }));
    else if (what === 'end') this.endEarly(side, message);
    else if (what === 'timeout') message.setTimeout(1, () => message.destroy());
    // Core has no reset for Unix sockets.
    else if (this.run.program.transport === 'tcp') message.socket?.resetAndDestroy();
    else message.socket?.destroy();
  }

  /** What is shorter than its declared length would be made whole by the next message on the connection. */
  endEarly(side, message) {
    const { plan, up, down } = this;
    const { plan: body, log } = side === 'client' ? up : down;
    const isDeclared = side === 'client' || (message.headersSent && plan.method !== 'HEAD');
    if (isDeclared && body.framing === 'length' && log.length < this.sizeOf(body.pieces)) message.destroy();
    else message.end();
  }

  watch(emitter, name, events) {
    for (const event of events)
      emitter.on(event, (argument) => {
        const key = `${name} ${event}`;
        this.run.progress++;
        this.seen[key] = (this.seen[key] ?? 0) + 1;
        if (event === 'error') this.errorSeen(argument, name);
        if (this.seen[`${name} close`] > 0 && event !== 'close')
          this.problem('order', `${name} '${event}' after 'close'`);
        this.note(name, event === 'error' ? `error ${argument.code}` : event);
        this.fire(key);
      });
  }

  headers({ framing, pieces }, bodyless) {
    const headers = { 'x-exchange': this.plan.id };
    if (framing === 'length' && !bodyless) headers['content-length'] = this.sizeOf(pieces);
    return headers;
  }

  sizeOf(pieces) {
    return pieces.reduce((sum, piece) => sum + Writer.make(this, piece).bytes.length, 0);
  }

  // --- the client's end

  begin() {
    if (this.begun) return;
    this.begun = true;
    const { plan, run } = this;
    const headers = this.headers(plan.request, false);
    if (plan.request.pieces.length > 0 && plan.request.framing === 'chunked')
      headers['transfer-encoding'] = 'chunked';
    if (plan.expect) headers.expect = '100-continue';
    if (plan.upgrade) Object.assign(headers, { connection: 'Upgrade', upgrade: 'bytes' });
    const request = http.request({ agent: run.agent, method: plan.method, headers, path: `/${plan.id}` });
    this.request = request;
    this.watch(request, 'client', ['finish', 'error', 'close', 'continue', 'drain']);
    request.on('close', () => this.closedAgain() || this.closed('client'));
    request.on('response', (response) => this.answered(response));
    request.on('upgrade', (response, socket, head) => this.upgraded(socket, head));
    const write = () => new Writer(this, 'client', request, plan.request, this.up.log).start();
    if (plan.expect) {
      request.flushHeaders();
      request.once('continue', write);
    } else write();
    this.fire('start');
  }

  answered(response) {
    this.note('client', `response ${response.statusCode}`);
    this.incoming = response;
    if (!this.plan.upgrade && response.statusCode !== this.plan.response.status)
      this.problem('head', `status ${response.statusCode}`);
    response.on('error', (error) => this.errorSeen(error, 'incoming'));
    this.down.read(response);
    this.fire('client response');
  }

  /** Twice in one turn is core's: see web.js. Each time right before the agent has the connection. */
  closedAgain() {
    this.run.freedTwice = this.isClosing === true ? this.request.socket : null;
    if (this.isClosing === true) {
      this.seen['client close']--;
      return true;
    }
    this.isClosing = true;
    setImmediate(() => (this.isClosing = false));
    return false;
  }

  // --- the server's

  serve(request, response) {
    const { plan } = this;
    this.served = true;
    this.response = response;
    this.note('server', `${request.method} ${request.url}`);
    this.watch(response, 'server', ['finish', 'error', 'close', 'drain']);
    response.on('close', () => this.closed('server'));
    request.on('error', (error) => this.errorSeen(error, 'server request'));
    request.socket.once('close', () => this.unheard(response));
    this.up.read(request);
    const headers = this.headers(plan.response, plan.method === 'HEAD');
    const answer = () => {
      if (response.destroyed) return;
      if (plan.response.hints) response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(plan.response.status, headers);
      if (plan.response.flush) response.flushHeaders();
      new Writer(this, 'server', response, plan.response, this.down.log).start();
    };
    const begin = plan.response.hints ? () => whenFirst(response, answer) : answer;
    if (plan.response.begin === 'end') request.on('end', begin);
    else this.place(plan.response.begin, begin);
    this.fire('server request');
  }

  /** Of the connection's end core says nothing to a response that still waits for the one before it. */
  unheard(response) {
    if (response.socket) return;
    this.isUnheard = true;
    this.closed('waiting');
  }

  // --- after an upgrade: the server sends back what it gets

  serveUpgrade(socket, head) {
    this.served = true;
    this.note('server', 'upgrade');
    // The answer to a request that was pipelined before it may still be on its way; nothing is, here.
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: bytes\r\n\r\n');
    this.watch(socket, 'server', ['end', 'finish', 'error', 'close']);
    socket.on('close', () => this.closed('server'));
    if (head.length > 0) socket.unshift(head);
    socket.pipe(socket);
  }

  upgraded(socket, head) {
    this.note('client', 'upgrade');
    const { plan } = this;
    this.watch(socket, 'raw', ['end', 'finish', 'error', 'close']);
    socket.on('close', () => this.closed('raw'));
    if (head.length > 0) socket.unshift(head);
    new Writer(this, 'raw', socket, plan.response, this.down.log).start();
    this.down.read(socket);
    this.fire('client response');
  }

  // --- the end

  get mustClose() {
    const names = this.run.program.pipelined ? [] : ['client'];
    if (this.served && !this.isUnheard) names.push('server');
    if (this.plan.upgrade && this.seen['raw finish']) names.push('raw');
    return names;
  }

  closed(name) {
    if (name === 'client') this.run.follow(this.plan.id, this.plan.moment);
    // Both ends, and what the last one to close has begun.
    setImmediate(() => this.maybeOver());
  }

  maybeOver() {
    if (this.isOver || !this.mustClose.every((name) => this.seen[`${name} close`] > 0)) return;
    this.isOver = true;
    for (const { plan } of this.run.exchanges.filter(({ begun }) => !begun))
      if (plan.after === this.plan.id) this.run.exchanges.find((one) => one.plan === plan).begin();
    this.run.exchanged();
  }

  hung() {
    if (this.isOver) return;
    const { up, down } = this;
    const bytes = `request ${up.got} of ${up.log.length}, response ${down.got} of ${down.log.length}`;
    this.problem('hang', `${JSON.stringify(this.seen)}, ${bytes}`);
  }

  check() {
    for (const writer of this.writers ?? []) writer.check();
    for (const key of Object.keys(this.seen))
      if (/(close|finish)$/.test(key) && this.seen[key] > 1)
        this.problem('event', `${key} ${this.seen[key]} times`);
    if (this.run.program.rough) return;
    const { plan, up, down } = this;
    if (plan.request.reader.how !== 'ignore' && !plan.upgrade && up.got !== up.log.length)
      up.problem('bytes', `got ${up.got} of ${up.log.length} bytes`);
    if (plan.method !== 'HEAD' && down.got !== down.log.length)
      down.problem('bytes', `got ${down.got} of ${down.log.length} bytes`);
    if (!down.ended && !this.run.program.pipelined) down.problem('event', `no 'end'`);
  }
}

module.exports = { Exchange, whenFirst };
