'use strict';

// Core's http server, listening with the net under test. The peer is the client: --connections at once with --depth requests
// under way on each, or (--mode close) a connection for each request; of bodies (--mode upload, --mode download) a script on
// core's net, with one request of --size bytes under way on each connection.

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

async function bodies(subject, { connections, mode, size }) {
  const { port } = await listen(respondWithBody(mode === 'download' ? size : 0));
  const far = subject.far('http-client.js', { port, mode, connections, size });
  return { unit: 'requests', count: async () => (await far.ask('count')).count };
}

async function exchanges(subject, { depth, mode }) {
  const reconnect = mode === 'close';
  const request = requestText({ close: reconnect });
  const target = await listen(respond);
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
  const { mode } = subject.options;
  const run = mode === 'upload' || mode === 'download' ? bodies : exchanges;
  return run(subject, subject.options);
});
