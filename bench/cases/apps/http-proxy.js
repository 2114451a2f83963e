'use strict';

// A TCP proxy by pipe() both ways before an http server of core's in another process; the peer is the client, on
// --connections at once, or (--mode close) with a connection for each request.

const { runRate } = require('../../lib/case');
const { answerBytes, requestText } = require('../../lib/http-exchange');

runRate(async (subject) => {
  const reconnect = subject.options.mode === 'close';
  const upstreamTarget = { host: '127.0.0.1', port: await subject.far('http.js').port() };
  const target = await subject.serve((downstream) => {
    const upstream = subject.net.connect(upstreamTarget);
    downstream.on('error', () => upstream.destroy());
    upstream.on('error', () => downstream.destroy());
    downstream.pipe(upstream);
    upstream.pipe(downstream);
  });
  const request = requestText({ close: reconnect });
  const load = subject.load(target, { request, answer: await answerBytes(target, request), reconnect });
  return {
    unit: 'requests',
    count: async () => (await load.ask('count')).count,
    latency: () => load.ask('report'),
  };
});
