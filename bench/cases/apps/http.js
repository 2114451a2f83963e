'use strict';

// Core's http server, listening with the net under test. The peer is the client: --connections at once with --depth requests
// under way on each, or (--mode close) a connection for each request; with --mode download answers have --size bytes. Bodies of
// requests (--mode upload) are sent by a script on core's net, one request under way on each connection.

const http = require('node:http');
const { once } = require('node:events');
const { runRate } = require('../../lib/case');
const { answerBytes, requestText, respond, respondWithBody } = require('../../lib/http-exchange');

const HOST = '127.0.0.1';
const BACKLOG = 16_384;

async function listen(handler) {
  const server = http.createServer(handler);
  server.keepAliveTimeout = 0;
  server.listen({ host: HOST, port: 0, backlog: BACKLOG });
  await once(server, 'listening');
  return { host: HOST, port: server.address().port };
}

async function uploads(subject, { connections, mode, size }) {
  const { port } = await listen(respondWithBody(0));
  const far = subject.far('http-client.js', { port, mode, connections, size });
  return { unit: 'requests', count: async () => (await far.ask('count')).count };
}

async function exchanges(subject, { depth, mode, size }) {
  const reconnect = mode === 'close';
  const request = requestText({ close: reconnect });
  const target = await listen(mode === 'download' ? respondWithBody(size) : respond);
  const load = subject.load(target, {
    request,
    answer: await answerBytes(target, request),
    depth,
    reconnect,
  });
  return {
    unit: 'requests',
    count: async () => (await load.ask('count')).count,
    latency: () => load.ask('report'),
  };
}

runRate((subject) => {
  subject.replaceNet();
  const run = subject.options.mode === 'upload' ? uploads : exchanges;
  return run(subject, subject.options);
});
