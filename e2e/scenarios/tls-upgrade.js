'use strict';

// A connection that starts in plain text and turns to TLS, as STARTTLS does in many protocols: both ends put TLS on
// a socket that has carried data and has listeners. Many at once, and the ways it can fail.

const assert = require('node:assert');
const tls = require('node:tls');

const MIB = 1024 * 1024;
const CONNECTIONS = 40;

async function run(ctx) {
  const { port } = await serve(ctx);
  const sizes = Array.from({ length: CONNECTIONS }, (_, i) =>
    i === 0 ? 8 * MIB : 1 + ((i * 7919) % 200_000),
  );
  for (let start = 0; start < sizes.length; start += 10) {
    await Promise.all(sizes.slice(start, start + 10).map((size, i) => upgrade(ctx, port, size, start + i)));
  }
  await pipelinedUpgrade(ctx, port);
  await failures(ctx, port);
}

/**
 * A protocol of lines: HELO is answered, STARTTLS is answered in clear text and turns the connection to TLS, where
 * everything is echoed; RESET answers by a reset.
 */
async function serve(ctx) {
  const { key, cert } = ctx.certificate();
  const server = ctx.net.createServer((socket) => {
    socket.on('error', () => {});
    const listener = (chunk) => {
      const line = chunk.toString('latin1').trim();
      if (line === 'RESET') return socket.resetAndDestroy();
      if (line !== 'STARTTLS') return socket.write(`250 ${line}\r\n`);
      socket.off('data', listener);
      socket.write('220 go ahead\r\n');
      const secure = new tls.TLSSocket(socket, { isServer: true, key, cert });
      secure.on('error', () => socket.destroy());
      return secure.pipe(secure);
    };
    socket.on('data', listener);
  });
  return ctx.listen(server);
}

async function command(ctx, socket, line, answer) {
  const reply = ctx.once(socket, 'data', `the answer to ${line}`);
  socket.write(`${line}\r\n`);
  assert.strictEqual(String((await reply)[0]), answer);
}

async function upgrade(ctx, port, size, number) {
  const { ca } = ctx.certificate();
  const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  await ctx.once(socket, 'connect');
  for (let i = 0; i < 5; i++)
    await command(ctx, socket, `HELO ${number} ${i}`, `250 HELO ${number} ${i}\r\n`);
  await command(ctx, socket, 'STARTTLS', '220 go ahead\r\n');
  const secure = tls.connect({ socket, ca, servername: 'localhost' });
  await ctx.once(secure, 'secureConnect');
  const data = ctx.data(size, `upgrade ${number}`);
  const output = ctx.drain(secure);
  secure.end(data);
  const { length, digest } = await ctx.within(output, `connection ${number}`);
  ctx.sameHash(digest, ctx.sha256(data), length, `connection ${number}`);
  ctx.operation(7);
}

/** TLS by way of an address: connecting, upgrading and writing without waiting for anything. */
async function pipelinedUpgrade(ctx, port) {
  const { key, cert, ca } = ctx.certificate();
  const server = ctx.net.createServer((socket) => {
    const secure = new tls.TLSSocket(socket, { isServer: true, key, cert });
    secure.on('error', () => {});
    secure.pipe(secure);
  });
  const address = await ctx.listen(server);
  assert.notStrictEqual(address.port, port);
  const data = ctx.data(MIB, 'at once');
  const socket = ctx.own(ctx.net.connect(address.port, address.address));
  const secure = tls.connect({ socket, ca, servername: 'localhost' });
  const output = ctx.drain(secure);
  secure.end(data);
  const { length, digest } = await ctx.within(output, 'a connection written to at once');
  ctx.sameHash(digest, ctx.sha256(data), length, 'a connection written to at once');
  ctx.operation();
}

async function failures(ctx, port) {
  const { ca } = ctx.certificate();
  const begin = async () => {
    const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
    await ctx.once(socket, 'connect');
    return socket;
  };
  const plain = await begin();
  const reset = ctx.first(plain, ['error']);
  plain.write('RESET\r\n');
  ctx.failure('reset in clear text', (await reset).args[0]);

  // TLS begins without the command: the server takes the ClientHello for a line and answers in clear text.
  const early = tls.connect({ socket: await begin(), ca, servername: 'localhost' });
  ctx.failure('TLS without the command', (await ctx.first(early, ['error'])).args[0]);

  const untrusting = await begin();
  await command(ctx, untrusting, 'STARTTLS', '220 go ahead\r\n');
  const strict = tls.connect({ socket: untrusting, servername: 'localhost' });
  ctx.failure('certificate not trusted', (await ctx.first(strict, ['error'])).args[0]);
  assert.ok(strict.destroyed);

  const secured = await begin();
  await command(ctx, secured, 'STARTTLS', '220 go ahead\r\n');
  const secure = tls.connect({ socket: secured, ca, servername: 'localhost' });
  await ctx.once(secure, 'secureConnect');
  const failed = ctx.first(secure, ['error', 'close']);
  secured.destroy(new Error('pulled away'));
  ctx.failure('socket destroyed under TLS', (await failed).name);
}

module.exports = { name: 'TLS upgrade in the middle of a connection', run };
