'use strict';

// For the processes that scenarios start: are these sockets and servers of the net under test here too?

const path = require('node:path');
const net = require('node:net');

const REPOSITORY = path.join(__dirname, '..', '..');

/** The net that `impl` promises, checked against what `require('net')` gives. */
function expectedNet(impl) {
  const expected = impl === 'oxinet' ? require(REPOSITORY) : net;
  if (expected.Socket !== net.Socket)
    throw new Error(`require('net') is not ${impl}'s in process ${process.pid}`);
  return expected;
}

function isOwn(impl, handle) {
  const { Socket, Server } = expectedNet(impl);
  return handle instanceof Socket || handle instanceof Server;
}

module.exports = { expectedNet, isOwn };
