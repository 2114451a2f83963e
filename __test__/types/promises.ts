// oxinet/promises, which is net.promises too.

import { expectTypeOf } from 'expect-type';
import * as net from 'oxinet';
import * as promises from 'oxinet/promises';

expectTypeOf(net.promises).toEqualTypeOf<typeof promises>();

declare const signal: AbortSignal;

expectTypeOf(promises.connect(80)).toEqualTypeOf<Promise<net.Socket>>();
expectTypeOf(promises.connect(80, 'localhost')).resolves.toEqualTypeOf<net.Socket>();
promises.connect('/run/app.sock');
promises.connect({ port: 80, signal });
// @ts-expect-error -- where to?
promises.connect();
// @ts-expect-error -- the promise takes the place of a listener
promises.connect(80, () => {});

expectTypeOf(promises.listen()).toEqualTypeOf<Promise<net.Server>>();
promises.listen({ port: 0, host: 'localhost', signal, allowHalfOpen: true });
promises.listen({ connectionListener: (socket) => expectTypeOf(socket).toEqualTypeOf<net.Socket>() });
// @ts-expect-error -- options only
promises.listen(80);
// @ts-expect-error -- unknown option
promises.listen({ prot: 80 });

export async function serve(): Promise<void> {
  for await (const socket of await promises.listen()) expectTypeOf(socket).toEqualTypeOf<net.Socket>();
}
