// Servers: construction, listening, methods, properties and events.

import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';

declare const server: net.Server;
declare const socket: net.Socket;
declare const blockList: net.BlockList;
declare const bound: net.BoundSocket;

// Construction.
expectTypeOf(net.createServer()).toEqualTypeOf<net.Server>();
net.createServer((connection) => expectTypeOf(connection).toEqualTypeOf<net.Socket>());
net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (connection) => connection.end());
net.createServer({
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 1000,
  highWaterMark: 1024,
  blockList,
});
new net.Server();
new net.Server((connection) => expectTypeOf(connection).toEqualTypeOf<net.Socket>());
new net.Server({ allowHalfOpen: true }, () => {});
// @ts-expect-error -- unknown option
net.createServer({ allowHalfOpened: true });
// @ts-expect-error -- options are an object
net.createServer(80);
// @ts-expect-error -- the argument is a socket
net.createServer((connection: number) => connection);

// Every form of listen().
expectTypeOf(server.listen()).toEqualTypeOf<net.Server>();
server.listen(() => {});
server.listen(0);
server.listen(0, () => {});
server.listen(0, 'localhost');
server.listen(0, 'localhost', () => {});
server.listen(0, 'localhost', 511);
server.listen(0, 'localhost', 511, () => {});
server.listen(0, 511, () => {});
server.listen('/run/app.sock');
server.listen('/run/app.sock', () => {});
server.listen('/run/app.sock', 511, () => {});
server.listen(process.env['PORT'], () => {});
server.listen(process.env['PORT'] || 8080, '127.0.0.1', () => {});
server.listen({ port: 0, host: 'localhost', backlog: 511, exclusive: true, ipv6Only: true, reusePort: true });
server.listen({ path: '/run/app.sock', readableAll: true, writableAll: true }, () => {});
server.listen({ port: 0, signal: new AbortController().signal });
server.listen({ fd: 3 });
server.listen({ handle: bound });
server.listen(bound, 511, () => {});
server.listen(server);
server.listen(socket, () => {});
// @ts-expect-error -- a server listens somewhere
server.listen(true);
// @ts-expect-error -- a backlog is a number
server.listen(0, 'localhost', 'many');
// @ts-expect-error -- unknown option
export const misspelt: net.ListenOptions = { prot: 80 };

// Methods.
expectTypeOf(server.close()).toEqualTypeOf<net.Server>();
server.close((error) => expectTypeOf(error).toEqualTypeOf<net.NetError | undefined>());
expectTypeOf(server.close({ timeout: 5 }, () => {})).toEqualTypeOf<net.Server>();
server.closeAllConnections();
server.closeIdleConnections(1000);
expectTypeOf(net.systemdSockets()).toEqualTypeOf<net.SystemdSocket[]>();
net.createServer({ proxyProtocol: 'accept', trusted: new net.BlockList(), acceptRate: { perSecond: 5 } });
server.listen({
  systemd: true,
  proxyProtocol: 'require',
  proxyProtocolTimeout: 5,
  maxConnectionsPerAddress: 3,
  acceptRate: 1,
});
// @ts-expect-error -- it is one of two words
net.createServer({ proxyProtocol: true });
expectTypeOf(socket.proxy).toEqualTypeOf<net.ProxyHeader | undefined>();
expectTypeOf(server.address()).toEqualTypeOf<net.AddressInfo | string | null>();
server.getConnections((error, count) => {
  expectTypeOf(error).toEqualTypeOf<Error | null>();
  expectTypeOf(count).toBeNumber();
});
// @ts-expect-error -- the count needs a callback
server.getConnections();
server.ref().unref();
// @ts-expect-error -- it may be a path, or nothing
export const { port } = server.address();

// Properties.
server.maxConnections = 10;
server.dropMaxConnection = true;
expectTypeOf(server.listening).toBeBoolean();
expectTypeOf(server.connections).toBeAny();
// @ts-expect-error -- told by the server
server.listening = true;

// Disposal and iteration.
export async function useServer(): Promise<void> {
  await using disposed = server;
  for await (const connection of disposed) expectTypeOf(connection).toEqualTypeOf<net.Socket>();
}

// Events, by every method that adds a listener.
for (const method of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'] as const) {
  server[method]('connection', (connection) => expectTypeOf(connection).toEqualTypeOf<net.Socket>());
  server[method]('drop', (data) => expectTypeOf(data).toEqualTypeOf<net.DropArgument | undefined>());
  server[method]('error', (error) => expectTypeOf(error).toEqualTypeOf<net.NetError>());
}
server.off('listening', () => {}).removeListener('close', () => {});
server.on('an event of your own', (anything) => expectTypeOf(anything).toBeAny());
expectTypeOf(server.emit('connection', socket)).toBeBoolean();
expectTypeOf<Parameters<net.ServerListener<'connection'>>>().toEqualTypeOf<[socket: net.Socket]>();
