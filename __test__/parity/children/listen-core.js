'use strict';

// Cases for listen-core.test.js: a server goes to a child process, and a web server of core's listens in its place.
// Run as `node listen-core.js <module> <case>`; the process forks this file again with the case's name and "child".

const { fork } = require('node:child_process');
const http = require('node:http');

const [, , specifier, name, role] = process.argv;
const net = require(specifier);
const inChild = name === 'in the child';

function log(...args) {
  console.log(role ?? 'parent', ...args);
}

function ask(port, done) {
  http.get({ host: '127.0.0.1', port, agent: false }, (response) => {
    let text = '';
    response.on('data', (data) => (text += data));
    response.on('end', () => done(text));
  });
}

function takeOver(server, done) {
  const web = http.createServer((request, response) => {
    response.end(`from http of the ${role ?? 'parent'}`);
    web.close();
    server.close(() => log('closed'));
  });
  web.listen(server, done);
}

function parent() {
  const child = fork(__filename, [specifier, name, 'child']);
  const server = net.createServer(() => log('not to be asked'));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const visit = () => {
      ask(port, (text) => {
        log('got', text);
        child.disconnect();
      });
    };
    const close = () => {
      server.close(() => log('closed'));
      visit();
    };
    child.send('server', server);
    child.on('message', () => (inChild ? close() : takeOver(server, visit)));
  });
}

function child() {
  process.on('message', (message, server) => {
    const ready = () => process.send('ready');
    if (inChild) takeOver(server, ready);
    else server.close(ready);
  });
}

if (role === 'child') child();
else parent();
