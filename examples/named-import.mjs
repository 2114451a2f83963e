// The CommonJS entry has names an ES module can import one by one.

import { once } from 'node:events';
import net, { connect, createServer, isIP, Socket } from '../index.js';

console.log(
  `isIP('::1') is ${isIP('::1')}; the names are those of the default export: ${net.Socket === Socket}`,
);

const server = createServer((socket) => socket.end('hello from a named import'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const client = connect(server.address().port, '127.0.0.1');
client.setEncoding('utf8');
for await (const text of client) console.log(`client: ${text}`);

server.close();
await once(server, 'close');
console.log('server: closed');
