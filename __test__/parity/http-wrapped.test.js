'use strict';

// Large bodies of requests, and programs that wrap what their bytes come by: what such a program keeps stays as it is. Core's
// parser reads most of it by itself, so what they see is not compared, but that it does not change.
const { createHash } = require('node:crypto');
const { EventEmitter } = require('node:events');
const http = require('node:http');
const { Readable } = require('node:stream');
const { scenario } = require('./harness.js');

const SIZE = 1024 * 1024;
const UPLOADS = 4;
const hashOf = (bytes) => createHash('sha1').update(bytes).digest('hex');

/** What was seen, and its hash at that time. */
function createKeeper() {
  const kept = [];
  return {
    keep(chunk) {
      if (chunk instanceof Uint8Array) kept.push([chunk, hashOf(chunk)]);
    },
    isAsItWas: () => kept.every(([chunk, hash]) => hashOf(chunk) === hash),
  };
}

/** Puts a method around that of `object` which keeps what `find(args)` gives. */
function wrap(object, name, keep, find) {
  const original = object[name];
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  object[name] = function (...args) {
    keep(find(args));
    return Reflect.apply(original, this, args);
  };
  return () => {
    if (descriptor === undefined) delete object[name];
    else Object.defineProperty(object, name, descriptor);
  };
}

const ofData = ([event, chunk]) => (event === 'data' ? chunk : undefined);
const first = ([chunk]) => chunk;

/** Before http has taken the connection, after that, and in the prototypes: each gets `(socket, keep)`. */
const BEFORE = {
  'emit() of the socket': (socket, keep) => wrap(socket, 'emit', keep, ofData),
  'push() of the socket': (socket, keep) => wrap(socket, 'push', keep, first),
  "http's listener, by on()": (socket, keep) => {
    const { on } = socket;
    socket.on = function (event, listener) {
      if (event !== 'data') return on.call(this, event, listener);
      return on.call(this, event, (chunk) => {
        keep(chunk);
        Reflect.apply(listener, this, [chunk]);
      });
    };
  },
};

const AFTER = {
  'emit() of the socket, later': (socket, keep) => wrap(socket, 'emit', keep, ofData),
  'push() of the socket, later': (socket, keep) => wrap(socket, 'push', keep, first),
  'execute() of its parser': (socket, keep) => wrap(socket.parser, 'execute', keep, first),
  'onread of its handle': (socket, keep) =>
    wrap(socket._handle, 'onread', keep, ([memory]) => memory && new Uint8Array(memory)),
  "http's listener, by one that names it": (socket, keep) => {
    const [own] = socket.listeners('data');
    EventEmitter.prototype.removeListener.call(socket, 'data', own);
    const wrapper = function (chunk) {
      keep(chunk);
      Reflect.apply(own, this, [chunk]);
    };
    wrapper.listener = own;
    EventEmitter.prototype.on.call(socket, 'data', wrapper);
  },
};

const PROTOTYPES = {
  'emit() of EventEmitter.prototype': (net, keep) => wrap(EventEmitter.prototype, 'emit', keep, ofData),
  'emit() of Socket.prototype': (net, keep) => wrap(net.Socket.prototype, 'emit', keep, ofData),
  'push() of Readable.prototype': (net, keep) => wrap(Readable.prototype, 'push', keep, first),
};

/** Uploads over one connection; logs whether each body arrived and whether what was kept is what it was. */
async function uploadThrough(net, t, { before, after, prototype }) {
  const { keep, isAsItWas } = createKeeper();
  const restore = prototype?.(net, keep);
  if (restore) t.defer(restore);
  const bodies = Array.from({ length: UPLOADS }, (_, i) => Buffer.alloc(SIZE, `body ${i} `));
  const arrived = [];
  const web = http.createServer((request, response) => {
    const hash = createHash('sha1');
    request.on('data', (chunk) => hash.update(chunk));
    request.on('end', () => {
      arrived.push(hash.digest('hex'));
      response.end('ok');
    });
  });
  const server = net.createServer((peer) => {
    before?.(t.track(peer), keep);
    web.emit('connection', peer);
    after?.(peer, keep);
  });
  const client = t.track(net.connect(await t.listen(server), '127.0.0.1'));
  for (const body of bodies) {
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${SIZE}\r\n\r\n`);
    client.write(body);
    await t.once(client, 'data');
  }
  t.log('bodies', String(arrived) === String(bodies.map(hashOf)));
  t.log('kept', isAsItWas());
  client.destroy();
}

for (const [when, kinds] of Object.entries({ before: BEFORE, after: AFTER, prototype: PROTOTYPES })) {
  for (const [name, apply] of Object.entries(kinds)) {
    scenario(`http: chunks that a program keeps which wraps ${name}`, (net, t) =>
      uploadThrough(net, t, { [when]: apply }),
    );
  }
}
