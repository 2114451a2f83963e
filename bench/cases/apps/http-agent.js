'use strict';

// Core's http client over the net under test, an agent that keeps --connections alive, against an http server of core's in another
// process: one request under way on each.

const http = require('node:http');
const { runRate } = require('../../lib/case');
const { callers } = require('../../lib/callers');

runRate(async (subject) => {
  subject.replaceNet();
  const { connections } = subject.options;
  const port = await subject.far('http.js').port();
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const call = () =>
    new Promise((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume().on('end', resolve);
      });
      request.on('error', reject);
    });
  return { unit: 'requests', count: callers(connections, call) };
});
