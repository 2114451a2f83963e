'use strict';

// Chunks of a body that come in one piece: core's parser reads by itself, and then ticks run between them, until a program
// listens to the connection.
const http = require('node:http');
const { scenario } = require('./harness.js');

const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
const post = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('abc')}${chunk('defg')}0\r\n\r\n`;

function onRequest(t, request, response) {
  t.log('request', 'head');
  process.nextTick(() => t.log('request', 'tick after the head'));
  request.on('data', (data) => {
    t.log('request', String(data));
    process.nextTick(() => t.log('request', `tick after ${data}`));
    queueMicrotask(() => t.log('request', `microtask after ${data}`));
  });
  request.on('end', () => {
    t.log('request', 'end');
    response.end('ok');
  });
}

const listen = (t, socket, event) => socket.on(event, () => t.log('request', `'${event}' of the connection`));

/** What a program does with the connection: before http takes it, after that, with a request. */
const CASES = {
  'nobody listens': {},
  "'data' is listened for before": { before: (t, socket) => socket.prependListener('data', () => {}) },
  "'data' is listened for": { after: (t, socket) => listen(t, socket, 'data') },
  "'data' is listened for by a handler": { handler: (t, socket) => listen(t, socket, 'data') },
  "'data' was listened for": {
    after(t, socket) {
      const listener = () => t.log('request', 'not reached');
      socket.on('data', listener);
      socket.off('data', listener);
    },
  },
};

for (const [name, { before, after, handler }] of Object.entries(CASES)) {
  scenario(`http: order of the chunks of two requests, ${name}`, async (net, t) => {
    const web = http.createServer((request, response) => {
      handler?.(t, request.socket);
      onRequest(t, request, response);
    });
    const server = net.createServer((peer) => {
      before?.(t, t.track(peer));
      web.emit('connection', peer);
      after?.(t, peer);
    });
    const client = t.track(net.connect(await t.listen(server), '127.0.0.1'));
    let answers = '';
    const answered = new Promise((resolve) => {
      client.on('data', (data) => (answers += data).split('ok').length === 3 && resolve());
    });
    await t.once(client, 'connect');
    client.write(post + post);
    await answered;
    client.destroy();
  });
}

scenario(
  'http: a listener that was there before http took the connection',
  { differs: 'the bytes come to the parser as data events', expected: { listener: ['called true'] } },
  async (net, t) => {
    let called = false;
    const web = http.createServer((request, response) => response.end('ok'));
    const server = net.createServer((peer) => {
      t.track(peer).on('data', () => (called = true));
      web.emit('connection', peer);
    });
    const client = t.track(net.connect(await t.listen(server), '127.0.0.1'));
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await t.once(client, 'data');
    t.log('listener', 'called', called);
    client.destroy();
  },
);
