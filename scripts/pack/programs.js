'use strict';

// What a user would run in an empty project: an echo, in each way of loading the package.
const fs = require('node:fs');
const path = require('node:path');

/** `net` is how the program calls the module. */
const ECHO = `const server = net.createServer((socket) => socket.pipe(socket));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()PORT;
  const client = net.connect(port, '127.0.0.1', () => client.end('ok\\n'));
  client.pipe(process.stdout);
  client.on('close', () => server.close());
});
`;
const CORE = ECHO.replace('PORT', '');
const TYPED = ECHO.replace('server.address()PORT', '(server.address() as net.AddressInfo)');

const FILES = {
  'echo.cjs': `const net = require('oxinet');\n${CORE}`,
  'echo.mjs': `import net, { connect } from 'oxinet';\nif (net.connect !== connect) throw new Error('names');\n${CORE}`,
  'promises.mjs': `import net from 'oxinet';
import { connect, listen } from 'oxinet/promises';
const server = await listen({ host: '127.0.0.1', connectionListener: (socket) => socket.end('ok\\n') });
const socket = await connect(server.address().port, '127.0.0.1');
if (socket.constructor !== net.Socket) throw new Error('class');
socket.pipe(process.stdout);
socket.on('close', () => server.close());
`,
  'echo.ts': `import * as net from 'oxinet';\n${TYPED}`,
  'plain.cjs': `const net = require('node:net');
if (net !== require('oxinet')) throw new Error('not registered');
${CORE}`,
  'web.mjs': `import http from 'node:http';
import oxinet from 'oxinet';
const server = http.createServer((request, response) => response.end(
  request.socket.constructor === oxinet.Socket ? 'ok\\n' : 'core',
));
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, agent: false }, (response) => {
    response.pipe(process.stdout);
    response.on('end', () => server.close());
  });
});
`,
};

const TSC = path.join('node_modules', 'typescript', 'bin', 'tsc');
const tsc = (root) => [
  path.join(root, TSC),
  ...['--module', 'nodenext', '--strict', '--outDir', 'out', '--types', 'node'],
  ...['--typeRoots', path.join(root, 'node_modules', '@types'), 'echo.ts'],
];

const PROGRAMS = [
  { title: 'CommonJS', args: () => ['echo.cjs'], prints: 'ok\n' },
  { title: 'an ES module', args: () => ['echo.mjs'], prints: 'ok\n' },
  { title: 'oxinet/promises', args: () => ['promises.mjs'], prints: 'ok\n' },
  { title: 'the TypeScript compiler', args: tsc, prints: '' },
  { title: 'TypeScript', args: () => [path.join('out', 'echo.js')], prints: 'ok\n' },
  {
    title: '--require oxinet/register',
    args: () => ['--require', 'oxinet/register', 'plain.cjs'],
    prints: 'ok\n',
  },
  {
    title: '--import oxinet/register, http',
    args: () => ['--import', 'oxinet/register', 'web.mjs'],
    prints: 'ok\n',
  },
  {
    title: 'npx oxinet run',
    args: () => ['node_modules/oxinet/cli/oxinet.js', 'run', 'plain.cjs'],
    prints: 'ok\n',
  },
];

function writePrograms(folder) {
  for (const [name, text] of Object.entries(FILES)) fs.writeFileSync(path.join(folder, name), text);
}

module.exports = { ECHO: CORE, PROGRAMS, writePrograms };
