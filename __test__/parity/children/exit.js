'use strict';

// Cases for exit.test.js: what reaches the other side when the process ends. Run as
// `node exit.js <module> <case> <port>`.

const [, , specifier, name, port] = process.argv;
const net = require(specifier);

const cases = {
  'write and exit': (client) => {
    client.write('written before exit');
    process.exit();
  },
  'several writes and exit': (client) => {
    for (let i = 0; i < 5; i++) client.write(`part ${i} `);
    process.exit();
  },
  'many large writes and exit': (client) => {
    for (let i = 0; i < 12; i++) client.write(Buffer.alloc(64 * 1024, i));
    process.exit();
  },
  'end and exit': (client) => {
    client.end('ended before exit');
    process.exit();
  },
  'write and throw': (client) => {
    client.write('written before the throw');
    throw new Error('not caught');
  },
  'write in an exit listener': (client) => {
    process.on('exit', () => client.write('written in exit'));
    process.exit();
  },
  'corked and exit': (client) => {
    client.cork();
    client.write('never uncorked');
    process.exit();
  },
  'end and return': (client) => client.resume().end('ended'),
};

const client = net.connect(port, '127.0.0.1', () => cases[name](client));
client.on('error', () => {});
