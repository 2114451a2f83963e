'use strict';

// What process.getActiveResourcesInfo() shows of a server and a connection. Run as `node resources.js <module>`.

const net = require(process.argv[2]);

function show(label) {
  const names = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'));
  console.log(label, names.sort().join());
}

let peer;
show('before');
const server = net.createServer((socket) => {
  peer = socket.on('close', () => show('closed'));
});
server.listen(0, '127.0.0.1', () => {
  show('listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  server.once('connection', () => {
    if (client.connecting) client.once('connect', () => connected(client));
    else connected(client);
  });
});

function connected(client) {
  show('connected');
  server.unref();
  client.unref();
  show('unref');
  peer.resume();
  client.destroy();
}
