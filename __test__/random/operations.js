'use strict';

// What each operation of a program does to the socket of its end.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Readable } = require('node:stream');

const write = (end, op) => end.write(op);

function burst(end, op) {
  for (let i = 0; i < op.count; i++) end.write(op);
}

/** Writes until write() says no, and goes on at each 'drain'. */
function pump(end, op) {
  let left = op.count;
  const go = () => {
    while (left-- > 0 && end.mayWrite()) if (!end.write(op)) return end.socket.once('drain', go);
  };
  go();
}

function corked(end, op) {
  // A stream that was ended with an empty chunk never finishes when it is corked while the chunk before is written.
  if (end.socket.writableEnded) return;
  end.socket.cork();
  burst(end, op);
  const uncork = () => end.socket.uncork();
  if (op.uncork === 'now') uncork();
  else if (op.uncork === 'tick') process.nextTick(uncork);
  else setImmediate(uncork);
}

function pipeFrom(end, op) {
  if (!end.mayWrite()) return;
  let left = op.count;
  end.sources++;
  const source = new Readable({
    highWaterMark: op.highWaterMark,
    read() {
      this.push(left-- > 0 ? end.make(op).bytes : null);
    },
  });
  source.on('data', (chunk) => end.mayWrite() && end.accept(chunk));
  source.on('close', () => end.sources--);
  source.pipe(end.socket, { end: op.last });
}

/** The bytes of a write, from a file; where sockets have no such call, it is a write. */
function sendFile(end, op) {
  if (typeof end.socket.sendFile !== 'function') {
    end.write(op);
    return;
  }
  if (!end.mayWrite()) return;
  const { bytes } = end.make(op);
  end.accept(bytes);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-random-'));
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]));
  const sent = end.socket.sendFile(file, { start: 6, end: 5 + bytes.length });
  const done = () => fs.rmSync(folder, { recursive: true });
  sent.then(
    (count) => {
      done();
      if (count !== bytes.length)
        end.problem('counter', `sendFile ${op.id} sent ${count} of ${bytes.length}`);
    },
    (error) => {
      done();
      end.errorSeen(error);
    },
  );
}

function refused(end, op) {
  const { chunk, encoding, code } = REFUSED[op.what];
  if (!end.mayWrite()) return;
  try {
    end.problem('refusal', `write() of ${op.what} returned ${end.socket.write(chunk, encoding)}`);
  } catch (error) {
    if (error.code !== code) end.problem('refusal', `write() of ${op.what} threw ${error.stack}`);
  }
}

function reset(end) {
  try {
    end.socket.resetAndDestroy();
  } catch (error) {
    end.note(`threw ${error.code}`);
    if (error.code !== 'ERR_INVALID_HANDLE_TYPE') throw error;
  }
}

/** Of a path, of what is closed or not open yet, and of another system. */
const NO_OPTION = [
  'ENOTSUP',
  'ENOPROTOOPT',
  'ENOTCONN',
  'ERR_SOCKET_CLOSED',
  'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
];

/** Socket options that change nothing of what is seen, where the socket has them: core's has not, nor has TLS. */
function tune(end, { on = false }) {
  const { socket } = end;
  if (typeof socket.setOption !== 'function') return;
  const values = { linger: on ? 30 : false, ttl: on ? 60 : 64, userTimeout: on ? 500_000 : 0, noDelay: on };
  for (const [name, value] of Object.entries(values)) {
    try {
      const told = socket.setOption(name, value).getOption(name);
      // What is connecting gets some when it stands.
      if (told !== value && !socket.connecting) end.problem('option', `${name}: ${told}, not ${value}`);
      const info = socket.tcpInfo();
      if (!(info.rtt >= 0)) end.problem('option', `tcpInfo(): ${JSON.stringify(info)}`);
    } catch (error) {
      if (!NO_OPTION.includes(error.code)) end.problem('option', `${name}: ${error.stack}`);
    }
  }
}

const REFUSED = {
  null: { chunk: null, code: 'ERR_STREAM_NULL_VALUES' },
  number: { chunk: 5, code: 'ERR_INVALID_ARG_TYPE' },
  object: { chunk: {}, code: 'ERR_INVALID_ARG_TYPE' },
  array: { chunk: [1, 2], code: 'ERR_INVALID_ARG_TYPE' },
  'text encoding': { chunk: 'refused', encoding: 'nope', code: 'ERR_UNKNOWN_ENCODING' },
  'bytes encoding': { chunk: Buffer.from('refused'), encoding: 'nope', code: 'ERR_UNKNOWN_ENCODING' },
};

const OPERATIONS = {
  write,
  burst,
  pump,
  corked,
  pipeFrom,
  sendFile,
  refused,
  end: (end, op) => end.finish(op),
  /** Nobody would resume it after the rescue; where reads end is not the same in all. */
  pause: ({ socket, rescued }) => (rescued ? undefined : socket.pause()),
  resume: ({ socket }) => socket.resume(),
  read({ socket }, op) {
    // Whoever reads by events gets it by 'data' too.
    if (socket.listenerCount('data') > 0) socket.read(op.size);
  },
  noDelay: ({ socket }, op) => socket.setNoDelay(op.on),
  keepAlive: ({ socket }, op) => socket.setKeepAlive(op.on, 1000),
  timeout: ({ socket }, op) => socket.setTimeout(op.ms),
  unref: ({ socket }) => socket.unref(),
  ref: ({ socket }) => socket.ref(),
  look(end, op) {
    const { socket } = end;
    void [socket.address(), socket.remoteAddress, socket.bufferSize, socket.readyState];
    tune(end, op);
  },
  defaultEncoding(end, op) {
    end.socket.setDefaultEncoding(op.encoding);
    end.encoding = op.encoding;
  },
  /** No more connections; those that are there stay. */
  closeServer: (end) => end.run.closeServer(end),
  count: ({ run }) => run.countConnections(),
  abort: (end) => end.aborter?.abort(),
  destroy: (end, op) => end.destroy(op),
  reset,
  destroySoon: ({ socket }) => socket.destroySoon(),
};

function perform(end, op) {
  OPERATIONS[op.do](end, op);
}

module.exports = { perform, REFUSED: Object.keys(REFUSED) };
