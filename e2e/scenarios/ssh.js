'use strict';

// ssh2 on both sides: authentication, exec, a shell's worth of small packets, sftp put and get of 8 MiB, a forwarded
// TCP connection, and a wrong password, a reset and a silent server.

const assert = require('node:assert');
const fs = require('node:fs');
const { promisify } = require('node:util');
const { pipeline } = require('node:stream/promises');

const MIB = 1024 * 1024;
const USER = { username: 'tester', password: 'only for this test' };

async function run(ctx) {
  const { Server, Client } = require('ssh2');
  const { newHostKey } = require('../lib/host-key');
  const { serveSftp } = require('../lib/sftp-server');
  const ssh = new Server({ hostKeys: [newHostKey()] }, (connection) => serve(ctx, connection, serveSftp));
  const accepted = ctx.accepted(ssh._srv);
  const { port } = await ctx.listen(ssh._srv);

  const connect = async (options = {}) => {
    const client = new Client();
    ctx.defer(() => client.destroy());
    const settled = ctx.first(client, ['ready', 'error'], "'ready'");
    client.connect({ host: '127.0.0.1', port, ...USER, ...options });
    const { name, args } = await settled;
    ctx.own(client._sock, "the client's socket");
    if (name === 'error') throw args[0];
    // Without it small packets wait for the other side's delayed acknowledgements.
    return client.setNoDelay(true);
  };
  const client = await connect({ keepaliveInterval: 100 });
  await exec(ctx, client);
  await packets(ctx, client);
  await sftp(ctx, client);
  await forward(ctx, client);
  await end(ctx, client);

  ctx.failure('wrong password', await ctx.rejection(connect({ password: 'wrong' }), 'authentication'));
  await reset(ctx, await connect(), accepted);
  await silentServer(ctx, connect);
}

function serve(ctx, connection, serveSftp) {
  connection.setNoDelay(true);
  connection.on('error', () => {});
  connection.on('authentication', (request) => {
    const isKnown = request.username === USER.username && request.password === USER.password;
    if (request.method === 'password' && isKnown) request.accept();
    else request.reject(['password']);
  });
  connection.on('session', (accept) => {
    const session = accept();
    session.on('exec', (acceptExec, _, { command }) => execute(acceptExec(), command));
    session.on('sftp', (acceptSftp) => serveSftp(acceptSftp(), ctx.dir));
  });
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const target = ctx.own(ctx.net.connect(destPort, destIP), "the forwarded connection's socket");
    target.on('error', reject);
    target.on('connect', () => {
      target.off('error', reject).on('error', () => {});
      const channel = accept();
      channel.pipe(target).pipe(channel);
    });
  });
}

/** `echo` gives its input back; anything else is a failing command. */
function execute(channel, command) {
  const finish = (code) => {
    channel.exit(code);
    channel.end();
  };
  if (command === 'echo') {
    channel.on('data', (chunk) => channel.write(chunk));
    channel.on('end', () => finish(0));
  } else if (command !== 'wait') {
    channel.stderr.write(`${command}: not found\n`);
    finish(127);
  }
}

async function exec(ctx, client) {
  const failing = await promisify(client.exec).call(client, 'nothing');
  const closed = ctx.once(failing, 'close');
  failing.resume();
  const { length } = await ctx.within(ctx.drain(failing.stderr), 'stderr');
  assert.deepStrictEqual([length, (await closed)[0]], ['nothing: not found\n'.length, 127]);

  const data = ctx.data(8 * MIB, 'exec');
  const channel = await promisify(client.exec).call(client, 'echo');
  const exited = ctx.once(channel, 'exit');
  const output = ctx.drain(channel);
  channel.end(data);
  const { length: total, digest } = await ctx.within(output, 'the output of a command');
  ctx.sameHash(digest, ctx.sha256(data), total, '8 MiB through a command');
  assert.strictEqual((await exited)[0], 0);
  ctx.operation(2);
}

/** One small packet at a time, there and back. */
async function packets(ctx, client) {
  const channel = await promisify(client.exec).call(client, 'echo');
  const sent = Array.from({ length: 500 }, (_, i) => ctx.data(1 + (i % 90), `packet ${i}`));
  const hash = ctx.hash();
  const everything = Buffer.concat(sent);
  let missing = 0;
  const sendNext = () => {
    if (sent.length === 0) return channel.end();
    missing = sent[0].length;
    channel.write(sent.shift());
  };
  channel.on('data', (chunk) => {
    hash.update(chunk);
    missing -= chunk.length;
    if (missing > 0) return;
    ctx.operation();
    sendNext();
  });
  const closed = ctx.once(channel, 'close', 'the echo of every packet');
  sendNext();
  await closed;
  ctx.sameHash(hash.digest('hex'), ctx.sha256(everything), everything.length, 'small packets');
}

async function sftp(ctx, client) {
  const data = ctx.data(8 * MIB + 17, 'sftp');
  const files = await ctx.within(promisify(client.sftp).call(client), 'sftp');
  const call = (name, ...args) => ctx.within(promisify(files[name]).apply(files, args), name);
  fs.writeFileSync(ctx.file('source'), data);
  await call('fastPut', ctx.file('source'), '/uploaded');
  ctx.sameBytes(fs.readFileSync(ctx.file('uploaded')), data, 'fastPut');
  await call('fastGet', '/uploaded', ctx.file('downloaded'));
  ctx.sameBytes(fs.readFileSync(ctx.file('downloaded')), data, 'fastGet');

  const source = fs.createReadStream(ctx.file('source'));
  await ctx.within(pipeline(source, files.createWriteStream('/streamed')), 'createWriteStream');
  const { length, digest } = await ctx.within(
    ctx.drain(files.createReadStream('/streamed')),
    'createReadStream',
  );
  ctx.sameHash(digest, ctx.sha256(data), length, 'a streamed file');
  assert.strictEqual((await call('stat', '/streamed')).size, data.length);
  await call('unlink', '/streamed');
  ctx.failure('no such file', await ctx.rejection(call('stat', '/streamed'), 'stat'));
  ctx.operation(6);
  files.end();
}

async function forward(ctx, client) {
  const echo = ctx.net.createServer((socket) => socket.pipe(socket));
  const { port } = await ctx.listen(echo);
  const channel = await ctx.within(
    promisify(client.forwardOut).call(client, '127.0.0.1', 0, '127.0.0.1', port),
    'forwardOut',
  );
  const data = ctx.data(4 * MIB, 'forward');
  const output = ctx.drain(channel);
  channel.end(data);
  const { length, digest } = await ctx.within(output, 'the forwarded connection');
  ctx.sameHash(digest, ctx.sha256(data), length, 'a forwarded connection');
  ctx.operation();
}

async function end(ctx, client) {
  const closed = ctx.once(client, 'close');
  client.end();
  await closed;
}

async function reset(ctx, client, accepted) {
  const channel = await promisify(client.exec).call(client, 'wait');
  const failed = ctx.first(client, ['error']);
  const closed = ctx.first(channel.resume(), ['close'], "the channel's close");
  const last = [...accepted].find((socket) => socket.remotePort === client._sock.localPort);
  last.resetAndDestroy();
  ctx.failure('reset by the server', (await failed).args[0]);
  await closed;
}

async function silentServer(ctx, connect) {
  const server = ctx.net.createServer((socket) => socket.resume());
  const { port } = await ctx.listen(server);
  ctx.failure('server silent', await ctx.rejection(connect({ port, readyTimeout: 200 }), 'handshake'));
}

module.exports = { name: 'SSH server and client (ssh2)', run };
