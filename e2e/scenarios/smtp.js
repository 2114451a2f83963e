'use strict';

// smtp-server and nodemailer: plain, STARTTLS (both sides put TLS over a socket in use), a pool with a large
// attachment, over a Unix socket, and a refused login, a reset in the middle of DATA and a silent server.

const assert = require('node:assert');

const MIB = 1024 * 1024;
const USER = { user: 'tester', pass: 'only for this test' };

async function run(ctx) {
  const sockets = ctx.watchClients();
  const { createTransport } = require('nodemailer');
  const { SMTPServer } = require('smtp-server');
  const received = [];
  const smtp = createServer(ctx, SMTPServer, received);
  const { port } = await ctx.listen(smtp.server);
  const transport = (options) => {
    const made = createTransport({
      host: '127.0.0.1',
      port,
      tls: { ca: ctx.certificate().ca },
      auth: USER,
      ...options,
    });
    ctx.defer(() => made.close());
    return made;
  };

  await send(ctx, received, transport({ ignoreTLS: true, auth: undefined }), false);
  await send(ctx, received, transport({ requireTLS: true }), true);
  await pool(ctx, received, transport({ requireTLS: true, pool: true, maxConnections: 3 }));
  await unixSocket(ctx, SMTPServer, transport);
  assert.ok(sockets.size >= 5, `${sockets.size} sockets seen`);
  for (const socket of sockets) ctx.own(socket);

  await failures(ctx, smtp, transport);
}

function createServer(ctx, SMTPServer, received) {
  const { key, cert } = ctx.certificate();
  return new SMTPServer({
    key,
    cert,
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, callback) => {
      if (username === USER.user && password === USER.pass) callback(null, { user: username });
      else callback(new Error('wrong user or password'));
    },
    onData: (stream, session, callback) => {
      ctx.drain(stream).then(({ length, digest }) => {
        received.push({ length, digest, secure: session.secure, from: session.envelope.mailFrom.address });
        callback();
      }, callback);
    },
  });
}

/** What nodemailer will send, as bytes: the message is built once and sent raw, so that it can be compared. */
function message(ctx, length, seed) {
  const body = ctx.data(length, seed).toString('base64').replace(/.{76}/g, '$&\r\n');
  return `From: a@example.com\r\nTo: b@example.com\r\nSubject: ${seed}\r\n\r\n${body}\r\n`;
}

async function deliver(ctx, transporter, raw) {
  const envelope = { from: 'a@example.com', to: ['b@example.com'] };
  const info = await ctx.within(transporter.sendMail({ envelope, raw }), 'sendMail');
  assert.deepStrictEqual(info.accepted, ['b@example.com']);
  ctx.operation();
}

async function send(ctx, received, transporter, secure) {
  for (const length of [10, 1000, 3 * MIB]) {
    const raw = message(ctx, length, `${secure ? 'secure' : 'plain'} ${length}`);
    await deliver(ctx, transporter, raw);
    const mail = received.pop();
    assert.strictEqual(mail.secure, secure);
    ctx.sameHash(mail.digest, ctx.sha256(raw), mail.length, `a message of ${raw.length} bytes`);
  }
}

async function pool(ctx, received, transporter) {
  const raws = Array.from({ length: 30 }, (_, i) => message(ctx, 20_000 + i, `pool ${i}`));
  await Promise.all(raws.map((raw) => deliver(ctx, transporter, raw)));
  const digests = received.splice(0).map(({ digest }) => digest);
  ctx.sameBytes(
    digests.sort().join(),
    raws
      .map((raw) => ctx.sha256(raw))
      .sort()
      .join(),
    "the pool's messages",
  );
}

/** nodemailer dials no path, but takes a socket that is connected already. */
async function unixSocket(ctx, SMTPServer, transport) {
  const received = [];
  const smtp = createServer(ctx, SMTPServer, received);
  const path = ctx.file('smtp.sock');
  await ctx.listen(smtp.server, { path });
  const connection = ctx.own(ctx.net.connect(path));
  await ctx.once(connection, 'connect');
  const raw = message(ctx, 100_000, 'unix');
  await deliver(ctx, transport({ connection, requireTLS: true, servername: 'localhost' }), raw);
  const [mail] = received;
  ctx.sameHash(mail.digest, ctx.sha256(raw), mail.length, 'a message over a Unix socket');
}

async function failures(ctx, smtp, transport) {
  const mail = { from: 'a@example.com', to: 'b@example.com', text: 'x' };
  const fails = async (label, transporter, content = mail) => {
    ctx.failure(label, await ctx.rejection(transporter.sendMail(content), label));
  };
  await fails('login refused', transport({ requireTLS: true, auth: { ...USER, pass: 'wrong' } }));
  await fails('certificate refused', transport({ requireTLS: true, tls: {} }));

  smtp.onData = (stream, session, callback) => {
    stream.once('data', () => ctx.accepted(smtp.server).forEach((socket) => socket.resetAndDestroy()));
    stream.on('error', callback).resume();
  };
  const sending = transport({ requireTLS: true }).sendMail({ ...mail, text: 'x'.repeat(MIB) });
  // Whether a read or a write meets the reset first is a matter of chance; the code is the same.
  ctx.failure('reset during DATA', (await ctx.rejection(sending, 'reset during DATA')).code);

  const silent = ctx.net.createServer((socket) => socket.resume());
  const { port } = await ctx.listen(silent);
  await fails('server silent', transport({ port, greetingTimeout: 200 }));
  silent.close();
  ctx.accepted(silent).forEach((socket) => socket.destroy());
  await ctx.first(silent, ['close']);
  await fails('refused', transport({ port }));
}

module.exports = { name: 'SMTP with STARTTLS (smtp-server and nodemailer)', run };
