'use strict';

// A name server that answers questions for IPv4 addresses as the first part of the name tells.

const dgram = require('node:dgram');
const { once } = require('node:events');

const HEADER = 12;
const [NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME] = [0, 2, 3];

/** The same question with flags, and 127.0.0.1 as the answer if `found`. */
function answerTo(question, status, found) {
  const end = question.indexOf(0, HEADER) + 5;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180 | status, 2);
  head.writeUInt16BE(found ? 1 : 0, 6);
  // Neither authorities nor what the client may have added.
  head.writeUInt32BE(0, 8);
  // The name of the question, type A, class IN, a minute, four bytes.
  const record = Buffer.from([0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return found ? Buffer.concat([head, record]) : head;
}

const ANSWERS = {
  good: (question, send) => send(answerTo(question, NO_ERROR, true)),
  slow: (question, send) => setTimeout(send, 50, answerTo(question, NO_ERROR, true)),
  unknown: (question, send) => send(answerTo(question, NO_SUCH_NAME, false)),
  broken: (question, send) => send(answerTo(question, SERVER_FAILURE, false)),
  garbage: (question, send) => send(Buffer.from('no answer')),
  late: (question, send) => setTimeout(send, 1000, answerTo(question, NO_ERROR, true)),
  silent: () => {},
};

class NameServer {
  async start() {
    this.socket = dgram.createSocket('udp4').unref();
    this.socket.on('message', (question, { port, address }) => {
      const name = question.toString('latin1', HEADER + 1, HEADER + 1 + question[HEADER]);
      const send = (answer) => this.socket?.send(answer, port, address);
      ANSWERS[name]?.(question, send);
    });
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    this.port = this.socket.address().port;
    return this;
  }

  stop() {
    this.socket.close();
    this.socket = null;
  }
}

module.exports = { NameServer };
