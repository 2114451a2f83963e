// What Unix sockets have beyond core's.

import * as fs from 'node:fs/promises';
import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';

declare const server: net.Server;
declare const socket: net.Socket;
declare const handle: fs.FileHandle;
declare const bytes: Uint8Array;

expectTypeOf(socket.peerCredentials()).toEqualTypeOf<net.PeerCredentials>();
expectTypeOf(socket.peerCredentials().pid).toEqualTypeOf<number | undefined>();

expectTypeOf(socket.sendFds([1, handle, socket, server])).toBeBoolean();
socket.sendFds([1], 'text');
socket.sendFds([1], 'ff', 'hex', (error) => expectTypeOf(error).toEqualTypeOf<Error | null | undefined>());
socket.sendFds([1], bytes, () => {});
socket.sendFds([1], () => {});
// @ts-expect-error -- a list
socket.sendFds(1);
// @ts-expect-error -- numbers, or what has one
socket.sendFds(['1']);

socket.on('fds', (fds) => expectTypeOf(fds).toEqualTypeOf<number[]>());
net.connect({ path: bytes, receiveFds: true });
net.createServer({ receiveFds: true });
new net.Socket({ fd: 3, receiveFds: true });
// @ts-expect-error -- a boolean
net.createServer({ receiveFds: 1 });

server.listen({ path: bytes, mode: 0o600, unlinkOnClose: false, replaceStale: true });
