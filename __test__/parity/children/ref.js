'use strict';

// Cases for ref.test.js: does the process end by itself? Run as `node ref.js <module> <case> [path]`.

const [, , specifier, name, path] = process.argv;
const net = require(specifier);
const { driverTurn, prepareDriverTurns } = require('../../helpers/driver-turn.js');

const TICKS = 5;
const TICK_MS = 15;

/**
 * Says so if something holds the process. The timers do not hold it, and a loop that has nothing else to wait for runs
 * the first of them at most.
 */
function watch(ticks = TICKS) {
  if (ticks === 0) {
    console.log('still alive');
    process.exit();
  }
  const next = () => driverTurn({ hold: false }).then(() => watch(ticks - 1));
  setTimeout(next, TICK_MS).unref();
}

/** An unref'd server with an unref'd accepted socket and a client: only the client can keep the process. */
function connected(use) {
  const server = net.createServer((peer) => peer.unref().on('error', () => {}));
  server.listen(0, '127.0.0.1', () => {
    const client = net.connect(server.address().port, '127.0.0.1', () => {
      server.unref();
      use(client, server);
      watch();
    });
  });
}

/** Only the accepted socket is left to keep the process. */
function accepted(options) {
  const server = net.createServer(options, () => {
    server.unref();
    watch();
  });
  server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').unref());
}

function listening(...args) {
  return net.createServer().listen(...args, () => watch());
}

const cases = {
  'server stays': () => listening(0, '127.0.0.1'),
  'server unref': () => listening(0, '127.0.0.1').unref(),
  'server unref and ref': () => listening(0, '127.0.0.1').unref().ref(),
  'server unref twice, ref once': () => listening(0).unref().unref().ref(),
  'server unref before listen': () => {
    const server = net.createServer().unref();
    server.listen(0, () => watch());
  },
  'server unref, ref before listen': () => {
    const server = net.createServer().unref().ref();
    server.listen(0, () => watch());
  },
  'unix server stays': () => listening(path),
  'unix server unref': () => listening(path).unref(),
  'server closed': () => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      server.close();
      watch();
    });
  },
  'socket stays': () => connected(() => console.log('connected')),
  'socket unref': () => connected((client) => console.log('unref', client.unref() === client)),
  'socket unref and ref': () => connected((client) => client.unref().ref()),
  'socket unref before connect()': () => {
    const server = net
      .createServer((peer) => peer.unref())
      .listen(0, '127.0.0.1', () => {
        const client = new net.Socket();
        console.log('unref', client.unref() === client);
        client.connect(server.address().port, '127.0.0.1', () => {
          console.log('connected');
          server.unref();
          watch();
        });
      });
  },
  'socket unref while connecting': () => {
    const server = net
      .createServer((peer) => peer.unref())
      .listen(0, '127.0.0.1', () => {
        const client = net.connect(server.address().port, '127.0.0.1', () => {
          console.log('connected');
          server.unref();
          watch();
        });
        client.unref();
      });
  },
  'socket ref after unref before connect()': () => {
    connected((client, server) => {
      const other = new net.Socket().unref().ref();
      other.connect(server.address().port, '127.0.0.1');
      client.destroy();
    });
  },
  'fresh socket': () => {
    new net.Socket();
    watch();
  },
  'fresh socket with a timeout': () => {
    new net.Socket().setTimeout(100_000);
    watch();
  },
  'socket destroyed': () => connected((client) => client.destroy()),
  'socket ended': () => connected((client) => client.resume().end()),
  'socket paused': () => connected((client) => client.pause()),
  'socket never read': () => connected((client) => client.on('readable', () => {})),
  pauseOnConnect: () => accepted({ pauseOnConnect: true }),
  'timeout does not hold': () => connected((client) => client.setTimeout(100_000).unref()),
  'accepted socket stays': () => accepted({}),
};

function start() {
  process.on('exit', () => console.log('end of the process'));
  cases[name]();
}

if (specifier === 'node:net') start();
else prepareDriverTurns().then(start);
