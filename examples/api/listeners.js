'use strict';

// Shows: Socket, Server, SocketListener, ServerListener
const net = require('oxinet');

for (const emitter of [new net.Socket(), new net.Server()]) {
  const say = (text) => () => console.log(text);
  const removed = say('never');
  emitter.on('close', say('on'));
  emitter.addListener('close', say('addListener'));
  emitter.once('close', say('once'));
  emitter.prependListener('close', say('prependListener'));
  emitter.prependOnceListener('close', say('prependOnceListener'));
  emitter.on('close', removed).off('close', removed);
  emitter.on('close', removed).removeListener('close', removed);
  emitter.emit('close', false);
}

// Prints:
// prependOnceListener
// prependListener
// on
// addListener
// once
// prependOnceListener
// prependListener
// on
// addListener
// once
