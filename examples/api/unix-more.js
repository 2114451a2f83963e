'use strict';

// Shows: Socket, SocketEventMap, SocketConstructorOpts, ServerOpts, ListenOptions
// Shows: PeerCredentials, SendableDescriptor
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('oxinet');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
const file = path.join(folder, 'example.sock');
const server = net.createServer({ receiveFds: true }, (socket) => {
  const { pid, uid, gid } = socket.peerCredentials();
  console.log(pid === undefined || pid === process.pid, uid === process.geteuid(), gid === process.getegid());
  socket.on('fds', (fds) => {
    console.log(fds.length, fs.readFileSync(fds[0], 'utf8'));
    for (const fd of fds) fs.closeSync(fd);
  });
  socket.on('data', (data) => console.log(data.toString()));
  socket.on('end', () => server.close(() => fs.rmSync(folder, { recursive: true })));
});
const options = { path: Buffer.from(file), mode: 0o600, replaceStale: true, unlinkOnClose: true };
server.listen(options, async () => {
  fs.writeFileSync(path.join(folder, 'file'), 'the contents of a file');
  const handle = await fs.promises.open(path.join(folder, 'file'));
  const client = net.connect({ path: server.address() });
  client.sendFds([handle], 'for you', () => client.end());
  await handle.close();
});

// Prints:
// true true true
// 1 the contents of a file
// for you
