// Sockets: construction, connecting, methods, properties and events.

import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';

declare const socket: net.Socket;
declare const blockList: net.BlockList;
declare const bound: net.BoundSocket;

// Construction.
expectTypeOf(net.Socket.from(socket.detach(), { allowHalfOpen: true })).toEqualTypeOf<net.Socket>();
expectTypeOf(net.Socket.from(['a'])).toEqualTypeOf<import('node:stream').Duplex>();
new net.Socket();
new net.Socket({ fd: 3, readable: true, writable: true });
new net.Socket({ fd: null, handle: bound, blockList, typeOfService: 16, highWaterMark: 1024 });
new net.Socket({ drainOnError: true, destroyOnEnd: false });
new net.Socket({ drainOnError: 500 });
// @ts-expect-error -- milliseconds are a number
new net.Socket({ drainOnError: '500' });
new net.Socket({ onread: { buffer: new Uint8Array(8), callback: (count, memory) => count < memory.length } });
new net.Socket({ onread: { buffer: () => Buffer.alloc(8), callback() {} } });
// @ts-expect-error -- a descriptor is a number
new net.Socket({ fd: '3' });
// @ts-expect-error -- onread needs both
new net.Socket({ onread: { buffer: new Uint8Array(8) } });
// @ts-expect-error -- unknown option
new net.Socket({ allowHalfOpened: true });

// Connecting, by every form of connect().
for (const connect of [net.connect, net.createConnection] as const) {
  expectTypeOf(connect(80)).toEqualTypeOf<net.Socket>();
  connect(80, () => {});
  connect(80, 'localhost');
  connect(80, 'localhost', () => {});
  connect('/run/app.sock');
  connect('/run/app.sock', () => {});
  connect({ path: '/run/app.sock', timeout: 100 });
  connect({ port: 80 }, () => {});
  connect({ port: 80, autoSelectFamily: 'parallel', connectTimeout: 1000 });
  connect({ path: '/run/app.sock', connectTimeout: 1000, signal: AbortSignal.abort() });
  // @ts-expect-error -- the one word
  connect({ port: 80, autoSelectFamily: 'both' });
  // @ts-expect-error -- where to?
  connect();
  // @ts-expect-error -- neither port nor path
  connect({ host: 'localhost' });
  // @ts-expect-error -- a host is a string
  connect(80, 127);
}
net.connect({
  port: 80,
  host: 'localhost',
  localAddress: '127.0.0.1',
  localPort: 0,
  family: 4,
  hints: 0,
  lookup: (_hostname, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 1000,
  timeout: 1000,
  signal: new AbortController().signal,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 250,
  allowHalfOpen: true,
  highWaterMark: 1024,
  blockList,
  typeOfService: 16,
  handle: bound,
});
// @ts-expect-error -- the signal, not its controller
net.connect({ port: 80, signal: new AbortController() });
// @ts-expect-error -- a port is a number
net.connect({ port: true });

expectTypeOf(socket.connect(80)).toEqualTypeOf<net.Socket>();
socket.connect(80, 'localhost', () => {});
socket.connect(80, () => {});
socket.connect('/run/app.sock', () => {});
socket.connect({ port: 80, family: 6 });
// @ts-expect-error -- where to?
socket.connect();

// Writing and ending.
expectTypeOf(socket.write('text')).toBeBoolean();
socket.write(Buffer.from('bytes'), (error) =>
  expectTypeOf(error).toEqualTypeOf<net.NetError | null | undefined>(),
);
socket.write(new Uint8Array(1));
socket.write('dGV4dA==', 'base64', () => {});
// @ts-expect-error -- neither string nor bytes
socket.write(1);
// @ts-expect-error -- unknown encoding
socket.write('text', 'utf9');
expectTypeOf(socket.end()).toEqualTypeOf<net.Socket>();
socket.end('text', 'latin1', () => {});
socket.end(() => {});

// Methods that answer the socket, so that calls can be chained.
socket
  .setNoDelay()
  .setNoDelay(false)
  .setKeepAlive()
  .setKeepAlive(true, 1000)
  .setKeepAlive(true, 1000, 1000, 5)
  .setKeepAlive({ enable: true, interval: 1000, count: 5 })
  .setTypeOfService(16)
  .setTimeout(1000)
  .setTimeout(1000, () => {})
  .setEncoding('utf8')
  .setEncoding()
  .pause()
  .resume()
  .ref()
  .unref()
  .destroy(new Error('enough'))
  .resetAndDestroy();
// @ts-expect-error -- options have names
socket.setKeepAlive({ delay: 1000 });
// @ts-expect-error -- milliseconds are a number
socket.setTimeout('1000');
// @ts-expect-error -- a value is needed
socket.setTypeOfService();
expectTypeOf(socket.destroySoon()).toBeVoid();
expectTypeOf(socket.getTypeOfService()).toBeNumber();

// Properties.
expectTypeOf(socket.address()).toEqualTypeOf<net.AddressInfo | net.NoAddress>();
expectTypeOf(socket.address().port).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.readyState).toEqualTypeOf<'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed'>();
expectTypeOf(socket.server).toEqualTypeOf<net.Server | null>();
expectTypeOf(socket.remoteAddress).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.remoteFamily).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.remotePort).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.localAddress).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.localFamily).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.localPort).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.timeout).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.autoSelectFamilyAttemptedAddresses).toEqualTypeOf<string[]>();
expectTypeOf([socket.bytesRead, socket.bytesWritten, socket.bufferSize]).toEqualTypeOf<number[]>();
expectTypeOf([socket.connecting, socket.pending, socket.destroyed]).toEqualTypeOf<boolean[]>();
// @ts-expect-error -- told by the system
socket.remotePort = 80;
// @ts-expect-error -- told by the system
socket.connecting = false;

// Events, by every method that adds or removes a listener.
for (const method of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'] as const) {
  socket[method]('close', (hadError) => expectTypeOf(hadError).toBeBoolean());
  socket[method]('data', (data) => expectTypeOf(data).toEqualTypeOf<Buffer>());
  socket[method]('error', (error) => expectTypeOf(error).toEqualTypeOf<net.NetError>());
}
socket.on('error', (error) => {
  expectTypeOf(error.code).toEqualTypeOf<string | undefined>();
  expectTypeOf(error.port).toEqualTypeOf<number | undefined>();
  expectTypeOf(error.errors).toEqualTypeOf<net.NetError[] | undefined>();
});
socket.on('lookup', (error, address, family, host) => {
  expectTypeOf(error).toEqualTypeOf<net.NetError | null>();
  expectTypeOf(family).toEqualTypeOf<number | null>();
  expectTypeOf([address, host]).toEqualTypeOf<string[]>();
});
socket.on('connectionAttempt', (ip, port, family) => {
  expectTypeOf(ip).toBeString();
  expectTypeOf([port, family]).toEqualTypeOf<number[]>();
});
socket.on('connectionAttemptFailed', (_ip, _port, _family, error) =>
  expectTypeOf(error).toEqualTypeOf<net.NetError>(),
);
socket.on('connectionAttemptTimeout', (...args) =>
  expectTypeOf(args).toEqualTypeOf<[string, number, number]>(),
);
socket.off('ready', () => {}).removeListener('timeout', () => {});
socket.on('an event of your own', (anything) => expectTypeOf(anything).toBeAny());
socket.setEncoding('utf8').on('data', (text: string) => expectTypeOf(text).toBeString());
expectTypeOf(socket.emit('close', false)).toBeBoolean();
expectTypeOf<net.SocketEventMap['connect']>().toEqualTypeOf<[]>();
expectTypeOf<Parameters<net.SocketListener<'close'>>>().toEqualTypeOf<[hadError: boolean]>();

// Connecting again, and reading by loop.
socket.connect({ port: 80, connectTimeout: 10, signal: new AbortController().signal });
expectTypeOf(socket.iterator({ destroyOnEnd: false, destroyOnReturn: true })).toExtend<AsyncIterator<any>>();
// @ts-expect-error -- a boolean
socket.iterator({ destroyOnEnd: 0 });
