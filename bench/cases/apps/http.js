'use strict';

// Core's http server, its sockets from the net under test. The peer is the client: --connections at once with --depth
// requests under way on each, or (--mode close) a connection for each request.

const http = require('node:http');
const { runRate } = require('../../lib/case');
const { answerBytes, requestText, respond } = require('../../lib/http-exchange');

runRate(async (subject) => {
  const { depth, mode } = subject.options;
  const httpServer = http.createServer(respond);
  httpServer.keepAliveTimeout = 0;
  const target = await subject.serve((socket) => httpServer.emit('connection', socket));
  const reconnect = mode === 'close';
  const request = requestText({ close: reconnect });
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
});
