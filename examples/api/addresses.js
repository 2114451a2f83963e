'use strict';

// Shows: module, BlockList, SocketAddress
const net = require('oxinet');

console.log(net.isIP('127.0.0.1'), net.isIP('::1'), net.isIP('localhost'));
console.log(net.isIPv4('127.0.0.1'), net.isIPv6('127.0.0.1'));

const list = new net.BlockList();
list.addSubnet('10.0.0.0', 8);
console.log(list.check('10.1.2.3'), list.check('11.1.2.3'));
const { address, port, family } = new net.SocketAddress({ address: '::1', port: 80, family: 'ipv6' });
console.log(address, port, family);

net.setDefaultAutoSelectFamily(true);
net.setDefaultAutoSelectFamilyAttemptTimeout(300);
console.log(net.getDefaultAutoSelectFamily(), net.getDefaultAutoSelectFamilyAttemptTimeout());

net.setBusyPoll(50);
console.log(net.getBusyPoll());
net.setBusyPoll();

// Undocumented in Node: what connect() and listen() make of their arguments.
const [options] = net._normalizeArgs([80, 'localhost']);
console.log(options.port, options.host);
net._setSimultaneousAccepts?.(null);

// Prints:
// 4 6 0
// true false
// true false
// ::1 80 ipv6
// true 300
// 50
// 80 localhost
