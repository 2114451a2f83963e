'use strict';

// HTTP over sockets that a program makes itself, by require('net'), and hands on: a net.Server accepts and gives each socket to
// the HTTP server by the documented 'connection' event, and agents get a createConnection. It has to work with
// OXINET_HTTP=0, too. http-apps.js is for programs that leave both to http.

const assert = require('node:assert');
const http = require('node:http');
const path = require('node:path');
const { spawn } = require('node:child_process');

const GREETING = 'an answer to a request without a body';

/** Listens for an http, https or http2 server; gives back the address. */
async function listenFor(ctx, httpServer, where) {
  const server = ctx.net.createServer((socket) => httpServer.emit('connection', socket));
  const address = await ctx.listen(server, where);
  return { server, address, ...address };
}

/** An agent that dials with the net under test; `agent.dialled` are the sockets it made. */
function agentOver(ctx, options = {}, Agent = http.Agent) {
  const agent = new Agent({ keepAlive: true, ...options });
  agent.dialled = new Set();
  agent.createConnection = ({ host, port, socketPath }) => {
    const socket = ctx.net.connect(socketPath ? { path: socketPath } : { host, port });
    agent.dialled.add(ctx.own(socket, "the agent's socket"));
    return socket;
  };
  ctx.defer(() => agent.destroy());
  return agent;
}

/** One request: resolves with `{ status, headers, body, socket }` when all of the answer is here. */
function request(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(options, (response) => {
      const chunks = [];
      const { statusCode: status, headers, socket } = response;
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks), socket }));
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.end(body);
  });
}

/** Answers what was sent, and the misbehaviours that the failures of the scenarios need. */
function echo(incoming, response) {
  // A reset with nothing before it: of data and a reset together, Node 20 tells only the data and an end.
  if (incoming.url === '/reset') return incoming.socket.resetAndDestroy();
  if (incoming.url === '/cut') {
    response.writeHead(200, { 'content-length': '1000000' });
    return response.write('x', () => incoming.socket.destroy());
  }
  if (incoming.url === '/silent') return incoming.resume();
  if (incoming.method === 'GET') return response.end(GREETING);
  const length = incoming.headers['content-length'];
  response.writeHead(200, length === undefined ? {} : { 'content-length': length });
  return incoming.pipe(response);
}

/** A process of its own makes a request by a keep-alive agent and must end while the connection is still open. */
async function idleAgentProcess(ctx, protocol, port) {
  const args = [path.join(__dirname, '..', 'workers', 'idle-agent.js'), ctx.impl, protocol, port];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ctx.defer(() => child.kill('SIGKILL'));
  const exited = ctx.once(child, 'exit', `the end of a process with an idle ${protocol} connection`);
  const { digest, length } = await ctx.within(ctx.drain(child.stdout), 'its output');
  assert.deepStrictEqual(await exited, [0, null]);
  ctx.operation();
  return { digest, length };
}

module.exports = { GREETING, idleAgentProcess, listenFor, agentOver, request, echo };
