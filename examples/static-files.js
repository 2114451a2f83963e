'use strict';

// A static file server: core's http reads the requests and writes the heads, the kernel sends the files (sendFile()).
// Ranges, HEAD and several requests on a connection work as with any http server. With a folder as its argument it goes on
// serving that; without one it serves its own folder to itself, and ends.

const fs = require('node:fs/promises');
const http = require('node:http');
const path = require('node:path');
const net = require('../');

const folder = path.resolve(process.argv[2] ?? __dirname);

const web = http.createServer((request, response) => {
  serve(request, response).catch((error) => {
    // Nothing was sent yet: an answer like any other. Else the socket is gone.
    if (!response.headersSent) response.writeHead(error.code === 'ENOENT' ? 404 : 500).end();
    else if (!response.destroyed) response.destroy();
  });
});
const server = net.createServer((socket) => web.emit('connection', socket));

async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = path.join(folder, path.normalize(`/${decodeURIComponent(pathname)}`));
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const handle = await fs.open(file, 'r');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOENT' });
    await answer(request, response, handle, stat.size);
  } finally {
    await handle.close();
  }
}

async function answer(request, response, handle, size) {
  const { start, end, isPart } = rangeOf(request.headers.range, size);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-length', end - start + 1);
  if (isPart) response.setHeader('content-range', `bytes ${start}-${end}/${size}`);
  response.writeHead(isPart ? 206 : 200);
  response.flushHeaders();
  // In its place: behind the head, and before whatever is the next answer's.
  if (request.method === 'GET' && size > 0) await request.socket.sendFile(handle, { start, end });
  response.end();
}

/** One range of bytes, both ends included; anything else is the whole file. */
function rangeOf(header, size) {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) : Infinity, size - 1);
  if (first === undefined || start > end) return { start: 0, end: size - 1, isPart: false };
  return { start, end, isPart: true };
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  console.log(`serving ${process.argv[2] ? folder : 'this folder'} on port ${port}`);
  if (!process.argv[2]) visit(port);
});

async function visit(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const own = await fs.readFile(__filename);
  const whole = await get({ agent, port, path: '/static-files.js' });
  console.log(`${whole.status}, the file as it is: ${whole.body.equals(own)}`);
  const part = await get({ agent, port, path: '/static-files.js', headers: { range: 'bytes=1-10' } });
  console.log(`${part.status}, ${part.headers['content-range'].split('/')[0]}: ${part.body}`);
  const none = await get({ agent, port, path: '/no-such-file' });
  console.log(`${none.status}, on the same connection`);
  agent.destroy();
  server.close();
}

function get(options) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', ...options }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
  });
}
