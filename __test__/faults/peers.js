'use strict';

// The other ends, with core's net in a process where nothing fails.

const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { TLS } = require('../random/over.js');
const { misbehave, OneTime } = require('./misbehave.js');
const { NameServer } = require('./nameserver.js');
const { LARGE, SMALL } = require('./scenarios.js');
const { bytes, compare } = require('./payload.js');

/** A peer is not to die of what is done to it. */
const ignore = () => {};
const echo = (socket) => void socket.on('error', ignore).pipe(socket);

class Peers {
  constructor(folder) {
    this.folder = folder;
    this.servers = [];
    /** Connections that have a word to say on what they got. */
    this.reports = [];
    this.oneTime = new OneTime();
  }

  async listen(server, where = { port: 0, host: '127.0.0.1' }) {
    this.servers.push(server.unref());
    server.listen(where);
    await once(server, 'listening');
    return where.path ? where : { port: server.address().port, host: '127.0.0.1' };
  }

  async start() {
    const options = { allowHalfOpen: true };
    this.names = await new NameServer().start();
    this.addresses = {
      folder: this.folder,
      names: { port: this.names.port },
      echo: await this.listen(net.createServer(options, echo)),
      unix: await this.listen(net.createServer(options, echo), { path: path.join(this.folder, 'echo') }),
      tls: await this.listen(
        net.createServer(options, (plain) => echo(TLS.server(plain.on('error', ignore), options))),
      ),
      http: await this.listen(
        http.createServer((request, response) => void request.on('error', ignore).pipe(response)),
      ),
      greeter: await this.listen(net.createServer(options, (socket) => this.greet(socket))),
    };
    return this;
  }

  /** Speaks first, and hears what the other has to say after that. */
  greet(socket) {
    const chunks = [];
    socket.on('error', ignore).on('data', (chunk) => chunks.push(chunk));
    socket.end(bytes(SMALL));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    this.reports.push(closed.then(() => compare(chunks, SMALL)));
  }

  /** The scenario has ended: what its connections got. */
  async takeReports() {
    await this.oneTime.end();
    return Promise.all(this.reports.splice(0));
  }

  stop() {
    this.names.stop();
    for (const server of this.servers) server.close();
  }
}

const SIZES = { echo: SMALL, echo6: SMALL, large: LARGE, listen: SMALL, tls: SMALL };

/** Connects to the process under test, and says what came back: `{ exact, all }`. Of one who misbehaves, the
 * other end tells. */
async function visit(where, how) {
  if (how === 'http') return visitHttp(where);
  const to = where.path === undefined ? { ...where, host: how === 'echo6' ? '::1' : '127.0.0.1' } : where;
  const plain = net.connect({ ...to, allowHalfOpen: true });
  plain.on('error', ignore);
  if (!SIZES[how]) {
    plain.once('connect', () => misbehave(plain, how));
    await new Promise((resolve) => plain.once('close', resolve));
    return { exact: true, all: true };
  }
  const socket = how === 'tls' ? TLS.client(plain, { allowHalfOpen: true }).on('error', ignore) : plain;
  const size = SIZES[how];
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  if (how === 'listen') socket.end();
  else socket.end(bytes(size));
  await new Promise((resolve) => plain.once('close', resolve));
  return compare(chunks, size);
}

async function visitHttp({ port }) {
  const chunks = [];
  const request = http.request({ method: 'POST', port, host: '127.0.0.1', agent: false });
  request.on('error', ignore).on('response', (response) => {
    response.on('data', (chunk) => chunks.push(chunk)).on('error', ignore);
  });
  request.end(bytes(LARGE));
  await new Promise((resolve) => request.once('close', resolve));
  return compare(chunks, LARGE);
}

module.exports = { Peers, visit };
