'use strict';

// Two processes. The front accepts connections and opens files; the worker does neither, and gets both as descriptors over a Unix
// socket. The worker could be a program in any language: what it gets is SCM_RIGHTS of unix(7).

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('../');

async function front() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-example-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'page'), 'the page of the front\n');

  // Only this user may connect, and only the process that was started here is served.
  const control = net.createServer();
  control.listen({ path: path.join(folder, 'control.sock'), mode: 0o600 });
  await once(control, 'listening');
  const child = spawn(process.execPath, [__filename, control.address()], { stdio: 'inherit' });
  const [worker] = await once(control, 'connection');
  const { pid, uid } = worker.peerCredentials();
  console.log(
    `front: the worker is the child: ${(pid ?? child.pid) === child.pid && uid === process.geteuid()}`,
  );

  // Paused, so that not one byte of the request is read here.
  const server = net.createServer({ pauseOnConnect: true }, async (socket) => {
    const page = await fs.promises.open(path.join(folder, 'page'));
    worker.sendFds([socket, page], 'serve');
    // Both were copied: closing ours ends nothing.
    await page.close();
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const client = net.connect(server.address().port, '127.0.0.1');
  client.write('the request');
  client.setEncoding('utf8').on('data', (text) => console.log(`client: ${text.trimEnd()}`));
  await once(client, 'close');
  server.close();
  worker.end();
  control.close();
  console.log(`front: the worker ended with ${(await once(child, 'close'))[0]}`);
}

function work(controlPath) {
  const control = net.connect({ path: controlPath, receiveFds: true });
  control.on('fds', ([connection, page]) => {
    const socket = net.Socket.from(connection);
    socket.once('data', (data) => {
      console.log(`worker: got "${data}"`);
      fs.createReadStream('', { fd: page }).pipe(socket);
    });
  });
  control.resume();
}

if (process.argv[2] === undefined) front();
else work(process.argv[2]);
