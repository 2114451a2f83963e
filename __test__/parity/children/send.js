'use strict';

// Cases for send.test.js: sockets and servers that go to a child process. Run as `node send.js <module> <case>`; the
// process forks this file again with the case's name and "child".

const { fork } = require('node:child_process');

const [, , specifier, name, role] = process.argv;
const net = require(specifier);

function log(...args) {
  console.log(role ?? 'parent', ...args);
}

function start() {
  return fork(__filename, [specifier, name, 'child']);
}

/** Connects, logs what comes until the end, then calls `done`. */
function visit(port, done) {
  const client = net.connect(port, '127.0.0.1');
  let text = '';
  client.on('data', (data) => (text += data));
  client.on('close', (hadError) => {
    log('client got', JSON.stringify(text), hadError);
    done();
  });
  client.write('hello');
}

const parents = {
  socket() {
    const child = start();
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      log('send', child.send('socket', socket));
    });
    server.listen(0, '127.0.0.1', () => {
      visit(server.address().port, () => {
        child.disconnect();
        server.close(() => log('closed'));
      });
    });
  },
  server() {
    const child = start();
    const server = net.createServer(() => log('the parent must not be asked'));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      log('send', child.send('server', server));
      child.on('message', () => {
        server.close(() => log('closed'));
        visit(port, () => child.disconnect());
      });
    });
  },
  connections() {
    const child = start();
    const server = net.createServer({ pauseOnConnect: true }, (socket) => child.send('socket', socket));
    child.on('message', () => {
      server.getConnections((error, count) => {
        log('connections with one sent', error, count);
        child.send('end');
      });
    });
    server.listen(0, '127.0.0.1', () => {
      visit(server.address().port, () => {
        child.disconnect();
        server.close(() => log('closed'));
      });
    });
  },
  'not a handle'() {
    const child = start();
    for (const wrong of [{}, 'text', 5]) {
      try {
        log('send', child.send('x', wrong));
      } catch (error) {
        log('threw', error.code);
      }
    }
    log('undefined', child.send('x', undefined));
    log('null', child.send('x', null));
    child.disconnect();
  },
};

const children = {
  socket() {
    process.on('message', (message, socket) => {
      log('message', message, socket instanceof net.Socket, socket.remoteFamily);
      socket.on('data', (data) => {
        log('data', String(data));
        socket.end('from the child');
      });
      socket.on('close', () => log('close'));
      socket.resume();
    });
  },
  server() {
    process.on('message', (message, server) => {
      log('message', message, server instanceof net.Server, server.address().family);
      server.on('connection', (socket) => {
        log('connection', socket instanceof net.Socket);
        socket.end('from the child');
        server.close(() => log('closed'));
      });
      process.send('ready');
    });
  },
  connections() {
    let kept;
    process.on('message', (message, socket) => {
      if (message === 'end') return kept.end('ended');
      kept = socket.resume();
      process.send('kept');
    });
  },
  'not a handle'() {
    process.on('message', () => {});
  },
};

(role === 'child' ? children : parents)[name]();
