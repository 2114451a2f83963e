'use strict';

// Bodies of requests: where Node's queues are drained while core's http server reads one, which in core the parser sees to.
const http = require('node:http');
const { scenario } = require('./harness.js');

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';

/** Sends `bytes` in one write to an http server that has `onRequest`, and waits until the connection is closed. */
async function send(net, t, bytes, onRequest) {
  const web = http.createServer(onRequest);
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  const client = t.track(net.connect(await t.listen(server), '127.0.0.1'));
  client.write(bytes);
  client.resume();
  await t.closed(client);
}

scenario('http: ticks and promise jobs run between a body and the end of its request', async (net, t) => {
  const log = (...what) => t.log('server', ...what);
  await send(net, t, `${HEAD}Content-Length: 4\r\n\r\nbody`, (request, response) => {
    const push = request.push.bind(request);
    request.push = (chunk) => {
      log('push', chunk);
      process.nextTick(() => log('tick'));
      queueMicrotask(() => log('microtask'));
      return push(chunk);
    };
    request.on('data', (chunk) => log('data', chunk));
    request.on('end', () => response.end());
  });
});

scenario('http: who answers early and pauses gets the rest of a body that came at once', async (net, t) => {
  const body = '5\r\nfirst\r\n6\r\nsecond\r\n5\r\nthird\r\n0\r\n\r\n';
  await send(net, t, `${HEAD}Transfer-Encoding: chunked\r\n\r\n${body}`, (request, response) => {
    request.on('data', (chunk) => t.log('server', 'data', chunk));
    request.on('end', () => t.log('server', 'end'));
    request.once('data', () => {
      request.pause();
      response.end('early');
      response.on('finish', () => {
        t.log('server', 'finish', request.isPaused());
        request.resume();
      });
    });
  });
});

const THREW = {
  limit: 60_000,
  differs:
    'in core the parser stops for good: the rest of the body never comes, and the request does not end',
  expected: {
    child: [
      ...['a', 'b', 'c'].flatMap((chunk) => [`data ${chunk}`, `uncaught in data ${chunk}`]),
      ...['answered', 'exit event 0', 'exit 0 null'],
    ],
  },
};

scenario('http: what the reader of a body throws does not cost the rest of it', THREW, async (net, t) => {
  await t.child('child', 'uncaught.js', 'throw in the body of a request');
});
