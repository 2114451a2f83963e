// Socket options by name, and what the kernel tells of a connection.

import * as net from 'oxinet';
import { expectTypeOf } from 'expect-type';

declare const socket: net.Socket;
declare const server: net.Server;

net.connect({ port: 1, userTimeout: 5, keepAliveInterval: 5000, linger: false, mptcp: true, fastOpen: true });
net.connect({ path: '/x', receiveBufferSize: 5 });
new net.Socket({ congestionControl: 'bbr' }).connect({ port: 1, ttl: 5 });
net.createServer({ fastOpen: 5, typeOfService: 16 }).listen({ port: 0, bindToDevice: 'lo', mark: 1 });
// @ts-expect-error -- a length on servers
net.createServer({ fastOpen: true });
// @ts-expect-error -- milliseconds are a number
net.connect({ port: 1, userTimeout: '5s' });

expectTypeOf(socket.getOption('ttl')).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.getOption('congestionControl')).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.getOption('linger')).toEqualTypeOf<number | false | undefined>();
expectTypeOf(socket.getOption('fastOpen')).toEqualTypeOf<boolean | undefined>();
expectTypeOf(server.getOption('fastOpen')).toEqualTypeOf<number | undefined>();
expectTypeOf(socket.setOption('keepAlive', true)).toEqualTypeOf<net.Socket>();
expectTypeOf(server.setOption('noDelay', true)).toEqualTypeOf<net.Server>();
// @ts-expect-error -- a closed list
socket.getOption('SO_RCVBUF');
// @ts-expect-error -- true is no name
socket.setOption('bindToDevice', true);

expectTypeOf(socket.tcpInfo()).toEqualTypeOf<net.TcpInfo>();
expectTypeOf<net.TcpInfo['rtt']>().toBeNumber();
expectTypeOf<net.TcpInfo['minRtt']>().toEqualTypeOf<number | undefined>();
