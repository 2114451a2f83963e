'use strict';

// An http server of core's, behind the proxy that is measured. Ends with its stdin.

const http = require('node:http');
const { respond } = require('../lib/http-exchange');
const { answerCounts, tellPort } = require('./options');

let count = 0;
const server = http.createServer((request, response) => {
  count += 1;
  respond(request, response);
});
server.keepAliveTimeout = 0;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => tellPort(server));
answerCounts(() => count);
