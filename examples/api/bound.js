'use strict';

// Shows: BoundSocket, BoundSocketConstructor, BoundSocketOptions, BoundSocketPathOptions, BoundSocketLike
// Shows: SocketConstructorOpts, ListenOptions, Socket, module
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('oxinet');

/** Binds first, listens and connects with it later. */
async function main() {
  const bound = new net.BoundSocket({ host: '127.0.0.1', port: 0, reusePort: false });
  const { port } = bound.address();
  console.log(bound.isPipe, bound.fd() >= 0, net.BoundSocket.prototype.isPrototypeOf(bound));
  const server = net.createServer((socket) => socket.resume());
  server.listen({ handle: bound });
  await once(server, 'listening');
  console.log(server.address().port === port);

  const local = new net.BoundSocket({ host: '127.0.0.1' });
  const localPort = local.address().port;
  const socket = net.connect({ handle: local, host: '127.0.0.1', port });
  await once(socket, 'connect');
  console.log(socket.localPort === localPort);
  await descriptors(socket);
  server.close();

  const hasIPv6 = Object.values(os.networkInterfaces()).some((all) =>
    all.some(({ address }) => address === '::1'),
  );
  if (hasIPv6) new net.BoundSocket({ host: '::1', ipv6Only: true }).close();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
  const pipe = new net.BoundSocket({ path: path.join(folder, 'example.sock') });
  console.log(pipe.isPipe);
  pipe[Symbol.dispose](); // what `using` calls
  fs.rmSync(folder, { recursive: true });
}

/** Gives a connection away by its descriptor, and takes it. */
async function descriptors(socket) {
  const fd = socket.detach();
  const again = net.Socket.from(fd);
  const last = new net.Socket({ fd: again.detach(), readable: true, writable: true });
  last.resume().end('to the same peer');
  await once(last, 'close');

  // A child process listens on a descriptor that it was given: its number there is 3.
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const program = `const server = require('oxinet').createServer().listen({ fd: 3 }, () => {
    console.log('the child listens:', server.address().address);
    server.close();
  })`;
  const stdio = ['inherit', 'inherit', 'inherit', bound.fd()];
  const child = spawn(process.execPath, ['-e', program], { cwd: __dirname, stdio });
  await once(child, 'close');
  bound.close();

  // Undocumented in Node, and used by cluster: a handle that is bound.
  const server = net.createServer().listen(net._createServerHandle('127.0.0.1', 0, 4));
  await once(server, 'listening');
  console.log(server.address().address);
  server.close();
}

main();

// Prints:
// false true true
// true
// true
// the child listens: 127.0.0.1
// 127.0.0.1
// true
