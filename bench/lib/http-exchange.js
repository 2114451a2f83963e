'use strict';

// The request and the answer of the HTTP cases. All answers are equally long: the date has a fixed width.

const net = require('node:net');

const BODY = 'hello, world\n';

function respond(request, response) {
  response.setHeader('content-type', 'text/plain');
  response.setHeader('content-length', BODY.length);
  response.end(BODY);
}

/** Answers with `size` bytes, once it has read all of the request. */
function respondWithBody(size) {
  const body = Buffer.alloc(size, 'x');
  return (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-length', size);
      response.end(body);
    });
  };
}

function requestText({ close = false } = {}) {
  const connection = close ? 'Connection: close\r\n' : '';
  return `GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n${connection}\r\n`;
}

/** Makes one request by core's net; resolves with the length of its answer. */
function answerBytes(target, request) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(target, () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const [, head, size] = /^(.*?content-length: (\d+).*?\r\n\r\n)/is.exec(answer) ?? [];
      if (!head || answer.length < head.length + Number(size)) return;
      socket.destroy();
      resolve(answer.length);
    });
  });
}

module.exports = { answerBytes, requestText, respond, respondWithBody };
