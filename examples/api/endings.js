'use strict';

// Shows: Socket, SocketConstructorOpts, SocketEventMap, NetError
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const where = { port: server.address().port, host: '127.0.0.1' };

  const ended = net.connect(where).end('the usual way');
  ended.resume();
  console.log('by an error:', (await once(ended, 'close'))[0]);

  const destroyed = net.connect(where);
  destroyed.destroy(new Error('enough'));
  console.log((await once(destroyed, 'error'))[0].message);

  const reset = net.connect(where);
  await once(reset, 'connect');
  reset.resetAndDestroy(); // the peer gets ECONNRESET
  await once(reset, 'close');

  const controller = new AbortController();
  const aborted = net.connect({ ...where, signal: controller.signal });
  controller.abort();
  console.log((await once(aborted, 'error'))[0].code);

  const blockList = new net.BlockList();
  blockList.addAddress('127.0.0.1');
  const [blocked] = await once(net.connect({ ...where, blockList }), 'error');
  console.log(blocked.code);
  server.close();
}

main();

// Prints:
// by an error: false
// enough
// ABORT_ERR
// ERR_IP_BLOCKED
