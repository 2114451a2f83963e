'use strict';

// An http client on core's net that sends (--mode upload) or gets (--mode download) bodies of --size bytes on --connections kept
// alive. Answers each line of stdin with the requests so far.

const http = require('node:http');
const { answerCounts, farOptions } = require('./options');
const { callers } = require('../lib/callers');

const { port, mode, connections, size } = farOptions();
const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
const body = mode === 'upload' ? Buffer.alloc(size, 'x') : undefined;

function call() {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-length': size } : {};
    const options = { host: '127.0.0.1', port, agent, headers, method: body ? 'PUT' : 'GET' };
    const request = http.request(options, (response) => {
      let received = 0;
      response.on('data', (chunk) => {
        received += chunk.length;
      });
      response.on('end', () => {
        if (!body && received !== size) reject(new Error(`a body of ${received} bytes`));
        else resolve();
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

answerCounts(callers(connections, call));
