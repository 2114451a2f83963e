'use strict';

// Sockets and servers in every state that they can be in when their environment ends. Each function opens some with the given
// net and leaves them so; `at` says where the receiver (reads all and counts it), the deaf one (accepts and never
// reads), the full one (accepts nothing any more), the talker (sends without end) and the folder for paths are.

const path = require('node:path');

let paths = 0;

const ignore = (emitter) => emitter.on('error', () => {});

function pathOf(at) {
  return path.join(at.folder, `${process.pid}-${at.number}-${paths++}`);
}

/** Connects, and tells how many bytes of it are acknowledged: those whose callbacks came without an error. */
function toReceiver({ net, at, tell }, then) {
  const socket = ignore(net.connect(at.receiver, '127.0.0.1'));
  const key = tell.key();
  let written = 0;
  const write = (chunk, callback) => {
    written += chunk.length;
    const position = written;
    const again = socket.write(chunk, (error) => {
      if (!error) tell.acknowledged(key, position);
      callback?.(error);
    });
    return again;
  };
  socket.on('connect', () => {
    // The receiver knows by it whose bytes these are. It is not counted.
    socket.write(`${key}\n`.padStart(16, '0'));
    then({ socket, write });
  });
}

const STATES = {
  listening: ({ net, at }) => {
    ignore(net.createServer()).listen(0, '127.0.0.1');
    ignore(net.createServer()).listen(pathOf(at));
  },
  connecting: ({ net, at }) => {
    for (let i = 0; i < 3; i++) ignore(net.connect(at.full, '127.0.0.1')).write('never');
  },
  refused: ({ net, at }) => {
    ignore(net.connect(pathOf(at)));
    ignore(net.connect(1, '127.0.0.1'));
  },
  lookup: ({ net, at }) => {
    ignore(net.connect({ port: at.receiver, host: 'localhost' }));
    ignore(net.connect({ port: at.receiver, host: 'no.such.name.invalid', lookup: () => {} })).write('never');
    ignore(net.createServer()).listen(0, 'localhost');
  },
  attempts: ({ net, at }) => {
    const lookup = (name, options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    ignore(net.connect({ port: at.full, host: 'some.name', lookup, autoSelectFamily: true }));
  },
  deaf: ({ net, at }) => {
    const socket = ignore(net.connect(at.deaf, '127.0.0.1'));
    for (let i = 0; i < 40; i++) socket.write(Buffer.alloc(100_000, 'd'), () => {});
  },
  paused: ({ net, at }) => {
    ignore(net.connect(at.talker, '127.0.0.1')).pause();
    ignore(net.connect(at.talker, '127.0.0.1')).once('data', function () {
      this.pause();
    });
  },
  reading: ({ net, at }) => void ignore(net.connect(at.talker, '127.0.0.1')).on('data', () => {}),
  writing: (context) =>
    toReceiver(context, ({ write }) => {
      const go = () => write(Buffer.alloc(10_000, 'w'), (error) => error || setImmediate(go));
      go();
    }),
  small: (context) =>
    toReceiver(context, ({ socket, write }) => {
      const go = () => {
        if (socket.destroyed) return;
        // Not from the callback itself: as long as the kernel takes all, ticks would leave no turn to anything else.
        for (let i = 0; i < 5; i++) write('small', i === 4 ? () => setImmediate(go) : undefined);
      };
      go();
    }),
  large: (context) =>
    toReceiver(context, ({ write }) => {
      for (let i = 0; i < 30; i++) write(Buffer.alloc(300_000, 'l'));
    }),
  ending: (context) =>
    toReceiver(context, ({ socket, write }) => {
      write(Buffer.alloc(3_000_000, 'e'));
      socket.end();
    }),
  destroyed: (context) =>
    toReceiver(context, ({ socket, write }) => {
      write('before');
      socket.destroy();
    }),
  half: ({ net, at }) => {
    const server = ignore(
      net.createServer({ allowHalfOpen: true }, (socket) => {
        ignore(socket).resume();
        if (Math.random() < 0.5) socket.end('half');
      }),
    ).listen(pathOf(at), () => {
      for (let i = 0; i < 2; i++) ignore(net.connect({ path: server.address(), allowHalfOpen: true })).end();
    });
  },
  echo: ({ net }) => {
    const server = ignore(
      net.createServer((socket) => {
        ignore(socket).pipe(socket);
        socket.setTimeout(1000);
      }),
    ).listen(0, '127.0.0.1', () => {
      for (let i = 0; i < 3; i++) {
        const socket = ignore(net.connect(server.address().port, '127.0.0.1'));
        socket.on('data', (chunk) => socket.write(chunk));
        socket.write('x'.repeat(10 ** (i + 1)));
      }
    });
  },
  churn: ({ net }) => {
    const server = ignore(net.createServer((socket) => ignore(socket).end('bye'))).listen(
      0,
      '127.0.0.1',
      () => {
        const again = () =>
          ignore(net.connect(server.address().port, '127.0.0.1')).resume().on('close', again);
        for (let i = 0; i < 3; i++) again();
      },
    );
  },
  onread: ({ net, at }) =>
    void ignore(
      net.connect({
        port: at.talker,
        host: '127.0.0.1',
        onread: { buffer: Buffer.alloc(1000), callback: () => true },
      }),
    ),
};

module.exports = { STATES };
