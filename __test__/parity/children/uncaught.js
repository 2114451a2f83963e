'use strict';

// Cases for uncaught.test.js: what becomes of an error thrown in a listener, and of an 'error' event without a
// listener. Run as `node uncaught.js <module> <case>`.

const [, , specifier, name] = process.argv;
const http = require('node:http');
const net = require(specifier);
const { driverTurn, prepareDriverTurns } = require('../../helpers/driver-turn.js');

/** Calls `use(client, peer, server)` with both ends of a connection. */
function connected(use) {
  const server = net.createServer((peer) => {
    client.peer = peer;
    if (!client.connecting) use(client, peer, server);
  });
  let client;
  server.listen(0, '127.0.0.1', () => {
    client = net.connect(server.address().port, '127.0.0.1', () => {
      if (client.peer) use(client, client.peer, server);
    });
  });
}

function finish(...sockets) {
  for (const socket of sockets) socket.destroy();
  sockets[0].peer.server.close(() => console.log('closed'));
}

/** Calls `fn` after some turns of the loop, when what was under way has been told. */
function later(fn, turns = 10) {
  // What `fn` throws is to be an exception, not a rejected promise.
  if (turns === 0) return setImmediate(fn);
  setImmediate(() => driverTurn().then(() => later(fn, turns - 1)));
}

function log(...args) {
  console.log(...args);
}

/** Errors that a caught uncaughtException lets the program survive. */
const survived = {
  'throw in data': () => {
    connected((client, peer) => {
      let count = 0;
      client.on('data', (chunk) => {
        log('data', chunk.toString());
        if (++count === 1) throw new Error('in data');
        finish(client, peer);
      });
      peer.write('one');
      later(() => peer.write('two'));
    });
  },
  'throw in the body of a request': () => {
    const web = http.createServer((request, response) => {
      request.on('data', (chunk) => {
        log('data', chunk.toString());
        throw new Error(`in data ${chunk}`);
      });
      request.on('end', () => response.end(() => log('answered')));
    });
    connected((client, peer) => {
      web.emit('connection', peer);
      client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      client.write('1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n');
      // Core leaves the request unfinished.
      later(() => process.exit(), 30);
    });
  },
  'throw in end': () => {
    connected((client, peer) => {
      client.resume();
      client.on('end', () => {
        throw new Error('in end');
      });
      later(() => {
        log('state', client.readyState, client.readableEnded, client.writableEnded, client.destroyed);
        finish(client, peer);
      });
      peer.end();
    });
  },
  'throw in connect': () => {
    const server = net.createServer((peer) => peer.end('data').on('error', () => {}));
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1');
      client.on('connect', () => {
        throw new Error('in connect');
      });
      client.on('ready', () => log('ready'));
      later(() => {
        log('state', client.readyState, client.connecting);
        client.destroy();
        server.close(() => log('closed'));
      });
    });
  },
  'throw in connection': () => {
    const server = net.createServer((peer) => {
      peer.on('error', () => {});
      throw new Error('in connection');
    });
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1');
      client.on('connect', () => later(() => client.destroy()));
      client.on('close', (hadError) => {
        log('close', hadError);
        server.close(() => log('closed'));
      });
    });
  },
  'throw in close': () => {
    connected((client, peer, server) => {
      peer.resume();
      client.on('close', () => {
        server.close(() => log('closed'));
        throw new Error('in close');
      });
      client.destroy();
    });
  },
  'throw in a write callback': () => {
    connected((client, peer) => {
      peer.resume();
      client.write('a', () => {
        throw new Error('in write callback');
      });
      client.write('b', () => log('callback b'));
      later(() => finish(client, peer));
    });
  },
  'throw in listening': () => {
    const server = net.createServer().listen(0, () => {
      throw new Error('in listening');
    });
    later(() => server.close(() => log('closed')));
  },
  'throw in the callback of close': () => {
    const server = net.createServer().listen(0, () => {
      server.close(() => {
        throw new Error('in close callback');
      });
      server.on('close', () => log('close'));
    });
  },
  'throw in lookup listener': () => {
    const lookup = (host, options, callback) => process.nextTick(callback, new Error('lookup failed'));
    const client = net.connect({ port: 1, host: 'name.example', lookup });
    client.on('lookup', () => {
      throw new Error('in lookup');
    });
    client.on('error', (error) => log('error', error.message));
    client.on('close', (hadError) => log('close', hadError));
    later(() => client.destroy());
  },
  'throw in timeout': () => {
    connected((client, peer) => {
      client.setTimeout(5, () => {
        setImmediate(() => finish(client, peer));
        throw new Error('in timeout');
      });
    });
  },
  'throw in onread': () => {
    const server = net.createServer((peer) => peer.end('data').on('error', () => {}));
    server.listen(0, '127.0.0.1', () => {
      const onread = {
        buffer: Buffer.alloc(16),
        callback() {
          // Only now: a slow machine takes any number of turns to bring the data.
          later(() => {
            client.destroy();
            server.close(() => log('closed'));
          });
          throw new Error('in onread');
        },
      };
      const client = net.connect({ port: server.address().port, host: '127.0.0.1', onread });
      client.on('error', (error) => log('error', error.message));
    });
  },
  'many handlers throw': () => {
    let closed = 0;
    const server = net.createServer((peer) => peer.end('x'));
    server.listen(0, '127.0.0.1', () => {
      for (let i = 0; i < 8; i++) {
        const client = net.connect(server.address().port, '127.0.0.1');
        client.on('data', () => {
          throw new Error('in data');
        });
        client.on('close', () => {
          if (++closed === 8) server.close(() => log('closed', closed));
        });
      }
    });
  },
  'rejected connection listener': () => {
    require('node:events').captureRejections = true;
    const server = net.createServer(async (peer) => {
      peer.on('error', (error) => log('peer error', error.message));
      throw new Error('async');
    });
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1');
      client.on('error', () => {});
      client.on('close', () => server.close(() => log('closed'))).resume();
    });
  },
};

/** Errors that end the process. */
const fatal = {
  'refused without a listener': () => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => net.connect(port, '127.0.0.1'));
    });
  },
  'reset without a listener': () => {
    connected((client, peer) => {
      client.resume();
      peer.resetAndDestroy();
    });
  },
  'address in use without a listener': () => {
    const first = net.createServer().listen(0, () => net.createServer().listen(first.address().port));
  },
  'destroy(error) without a listener': () => new net.Socket().destroy(new Error('given to destroy')),
  'thrown without a handler': () => {
    connected((client, peer) => {
      client.on('data', () => {
        throw new Error('in data');
      });
      peer.write('x');
    });
  },
};

function start() {
  process.on('exit', (code) => log('exit event', code));
  if (name in survived) process.on('uncaughtException', (error) => log('uncaught', error.message));
  // Not inside a promise, for the same reason.
  setImmediate(survived[name] ?? fatal[name]);
}

if (specifier === 'node:net') start();
else prepareDriverTurns().then(start);
