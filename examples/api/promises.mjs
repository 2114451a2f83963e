// Shows: promises, ListenServerOptions, module
import net from 'oxinet';
import { connect, listen } from 'oxinet/promises';

const controller = new AbortController();
const server = await listen({
  host: '127.0.0.1',
  connectionListener: (socket) => socket.end('hello'),
  signal: controller.signal,
});
const socket = await connect(server.address().port, '127.0.0.1');
for await (const text of socket.setEncoding('utf8')) console.log(text);
controller.abort(); // closes the server
console.log(net.promises.connect === connect);

// Prints:
// hello
// true
