// oxinet's types stand in for those of Node's net: what accepts core's module, classes, functions or options
// accepts ours. Type tests are compiled, never run.

import * as child from 'node:child_process';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as core from 'node:net';
import * as stream from 'node:stream';
import * as tls from 'node:tls';
import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';
// oxlint-disable-next-line import/default -- what TypeScript makes of a CommonJS module
import asDefault from 'oxinet';
import required = require('oxinet');

// The whole module, and no name of core's missing.
const asCore: typeof core = net;
expectTypeOf(net).toExtend<typeof core>();
expectTypeOf<Exclude<keyof typeof core, keyof typeof net>>().toBeNever();
expectTypeOf(asDefault.connect).toEqualTypeOf(net.connect);
expectTypeOf(required.connect).toEqualTypeOf(net.connect);
// @ts-expect-error -- ours has more than core's
const asOurs: typeof net = asCore;

// Classes.
expectTypeOf<net.Socket>().toExtend<core.Socket>();
expectTypeOf<net.Socket>().toExtend<stream.Duplex>();
expectTypeOf<net.Server>().toExtend<core.Server>();
expectTypeOf(net.Stream).toEqualTypeOf(net.Socket);
expectTypeOf(net.BlockList).toEqualTypeOf(core.BlockList);
expectTypeOf(net.SocketAddress).toEqualTypeOf(core.SocketAddress);
expectTypeOf(net.Server).toExtend<typeof core.Server>();
expectTypeOf(net.Socket).toExtend<typeof core.Socket>();

// Functions.
expectTypeOf(net.connect).toExtend<typeof core.connect>();
expectTypeOf(net.createConnection).toExtend<typeof core.createConnection>();
expectTypeOf(net.createServer).toExtend<typeof core.createServer>();
expectTypeOf(net.isIP).toEqualTypeOf<typeof core.isIP>();
expectTypeOf(net.isIPv4).toEqualTypeOf<typeof core.isIPv4>();
expectTypeOf(net.isIPv6).toEqualTypeOf<typeof core.isIPv6>();
expectTypeOf(net.getDefaultAutoSelectFamily).toEqualTypeOf<typeof core.getDefaultAutoSelectFamily>();
expectTypeOf(net.setDefaultAutoSelectFamily).toEqualTypeOf<typeof core.setDefaultAutoSelectFamily>();
expectTypeOf(net.getDefaultAutoSelectFamilyAttemptTimeout).returns.toBeNumber();
expectTypeOf(net.setDefaultAutoSelectFamilyAttemptTimeout).parameters.toEqualTypeOf<[number]>();

// Options written for core.
expectTypeOf<core.ListenOptions>().toExtend<net.ListenOptions>();
expectTypeOf<core.NetConnectOpts>().toExtend<net.NetConnectOpts>();
expectTypeOf<core.OnReadOpts>().toExtend<net.OnReadOpts>();
expectTypeOf<core.ServerOpts>().toExtend<net.ServerOpts>();
expectTypeOf<core.SocketConnectOpts>().toExtend<net.SocketConnectOpts>();
expectTypeOf<core.SocketConstructorOpts>().toExtend<net.SocketConstructorOpts>();
expectTypeOf<core.LookupFunction>().toExtend<net.LookupFunction>();
expectTypeOf<net.AddressInfo>().toEqualTypeOf<core.AddressInfo>();
// With why it was dropped, which core does not tell.
expectTypeOf<net.DropArgument>().toExtend<core.DropArgument>();
expectTypeOf<net.SocketReadyState>().toEqualTypeOf<core.SocketReadyState>();
expectTypeOf<net.IPVersion>().toEqualTypeOf<core.IPVersion>();

// Core's modules take our sockets and servers.
export async function handedToCore(socket: net.Socket, server: net.Server): Promise<void> {
  tls.connect({ socket });
  new tls.TLSSocket(socket, { isServer: true });
  http.createServer().emit('connection', socket);
  http.request({ createConnection: () => net.connect(80, 'localhost') });
  http2.connect('http://localhost', { createConnection: () => net.connect(80) });
  child.fork('child.js').send('take it', socket);
  child.fork('child.js').send('take it', server);
  await stream.promises.pipeline(socket, socket);

  const takesCoreSocket = (_: core.Socket) => {};
  takesCoreSocket(socket);
  const takesCoreServer = (_: core.Server) => {};
  takesCoreServer(server);
  const onConnection = (_: core.Socket) => {};
  net.createServer(onConnection).on('connection', onConnection);
}

export { asOurs };

expectTypeOf(net.stats).returns.toEqualTypeOf<net.Stats>();
expectTypeOf(net.getBusyPoll).returns.toEqualTypeOf<number | undefined>();
expectTypeOf(net.setBusyPoll).parameters.toEqualTypeOf<[micros?: number | undefined]>();
expectTypeOf(net.relay).returns.resolves.toEqualTypeOf<net.RelayCounts>();
expectTypeOf<net.Socket['sendFile']>().returns.resolves.toEqualTypeOf<number>();
expectTypeOf<net.Socket['sendFile']>().parameter(1).toEqualTypeOf<net.SendFileOptions | undefined>();

/** Core's sockets, and TLS ones, can be relayed. */
export async function relayed(
  socket: net.Socket,
  secure: tls.TLSSocket,
  plain: core.Socket,
): Promise<number> {
  const { signal } = new AbortController();
  const { bytesAToB } = await net.relay(socket, secure, { idleTimeout: 1000, signal });
  const { bytesBToA } = await net.relay(plain, socket);
  return (
    bytesAToB +
    bytesBToA +
    (await socket.sendFile('file', { start: 0, end: 9, signal, onProgress: () => {} }))
  );
}
