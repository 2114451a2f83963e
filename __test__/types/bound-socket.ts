// Bound sockets: what is bound decides what address() answers.

import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';

const tcp = new net.BoundSocket();
expectTypeOf(tcp).toEqualTypeOf<net.BoundSocket<net.AddressInfo>>();
expectTypeOf(tcp.address().port).toBeNumber();
expectTypeOf(tcp.fd()).toBeNumber();
expectTypeOf(tcp.isPipe).toBeBoolean();
expectTypeOf(tcp.close()).toBeVoid();
new net.BoundSocket({ host: '127.0.0.1', port: 0, ipv6Only: false, reusePort: true });

const pipe = new net.BoundSocket({ path: '/run/app.sock' });
expectTypeOf(pipe.address()).toBeString();

declare const either: net.BoundSocketOptions | net.BoundSocketPathOptions;
expectTypeOf(new net.BoundSocket(either).address()).toEqualTypeOf<net.AddressInfo | string>();

export function release(): void {
  using bound = new net.BoundSocket();
  expectTypeOf(bound.address().family).toBeString();
}

// Both kinds can be taken over.
net.createServer().listen(tcp);
net.createServer().listen({ handle: pipe });
net.connect({ path: '/run/peer.sock', handle: pipe });
new net.Socket({ handle: tcp });

// @ts-expect-error -- a path or an address, not both
new net.BoundSocket({ path: '/run/app.sock', host: '127.0.0.1' });
// @ts-expect-error -- a port is a number
new net.BoundSocket({ port: '80' });
// @ts-expect-error -- told by the kind of binding
tcp.isPipe = true;
// @ts-expect-error -- something bound is needed
new net.Socket({ handle: {} });
