'use strict';

// socket.tcpInfo(), beside what python and `ss` read of the same connection.

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { capableTest } = require('../helpers/capable.js');
const { VANISHING, whyNoKernel } = require('../helpers/kernel.js');
const { connectedPair } = require('../helpers/pair.js');
const { runPython } = require('../helpers/python.js');
const { socketPath } = require('../helpers/tmp.js');

const skip = whyNoKernel();

const ASK = `
import socket, struct
info = socket.socket(fileno=3)
raw = info.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 248)
info.detach()
words = struct.unpack_from('=8B24I', raw)
print(len(raw), words[0], *words[8:], *struct.unpack_from('=4Q6IQ', raw, 104), *struct.unpack_from('=2Q', raw, 200))
`;

/** The struct as python reads it: `{ length, state, words, longs }`. */
function kernelInfo(fd) {
  const stdio = ['ignore', 'pipe', 'inherit', fd];
  const { stdout } = spawnSync('python3', ['-c', ASK], { stdio, encoding: 'utf8' });
  const [length, state, ...numbers] = stdout.trim().split(' ').map(Number);
  const [rto, ato, sendMss, receiveMss, unacked, sacked, lost, retransmitted] = numbers;
  const [, , , , , pathMtu, , rtt, rttVariance, slowStart, window, advertisedMss] = numbers.slice(8);
  const rest = numbers.slice(24);
  const [, , bytesAcked, bytesReceived, segmentsOut, segmentsIn, notSentBytes, minRtt, dataIn, dataOut] =
    rest;
  return {
    length,
    state,
    fields: {
      retransmissionTimeout: rto / 1000,
      ackTimeout: ato / 1000,
      sendMss,
      receiveMss,
      unacked,
      sacked,
      lost,
      retransmitted,
      pathMtu,
      rtt: rtt / 1000,
      rttVariance: rttVariance / 1000,
      slowStartThreshold: slowStart >= 0x7fffffff ? Infinity : slowStart,
      congestionWindow: window,
      advertisedMss,
      totalRetransmits: numbers[23],
      bytesAcked,
      bytesReceived,
      segmentsOut,
      segmentsIn,
      notSentBytes,
      minRtt: minRtt / 1000,
      dataSegmentsIn: dataIn,
      dataSegmentsOut: dataOut,
      bytesSent: rest[11],
      bytesRetransmitted: rest[12],
    },
  };
}

/** Until nothing is on its way: then two who ask see the same. */
async function settle(client, peer) {
  while (client.tcpInfo().unacked > 0 || peer.tcpInfo().unacked > 0) await new Promise(setImmediate);
}

test('each field is what the kernel has in its place', { skip }, async (t) => {
  const { client, peer } = await connectedPair(t, net);
  peer.pipe(peer);
  const body = Buffer.alloc(300_000, 'x');
  client.write(body);
  for (let got = 0; got < body.length;) got += (await once(client, 'data'))[0].length;
  await settle(client, peer);
  const before = client.tcpInfo();
  const { length, state, fields } = kernelInfo(client.fd);
  if (length < 216) return t.skip(`the kernel tells ${length} bytes only`);
  const told = client.tcpInfo();
  // A delayed acknowledgement may come between.
  if (before.segmentsOut !== told.segmentsOut) return t.skip('something was sent meanwhile');
  assert.deepStrictEqual([state, told.state], [1, 'ESTABLISHED']);
  const same = Object.fromEntries(Object.keys(fields).map((name) => [name, told[name]]));
  assert.deepStrictEqual(same, fields);
  assert.strictEqual(told.bytesReceived, body.length);
  assert.strictEqual(told.bytesSent - told.bytesRetransmitted, body.length);
  assert.strictEqual(told.bytesAcked, body.length + 1);
  assert.ok(told.rtt > 0 && told.rtt < 10_000, `rtt ${told.rtt}`);
  assert.ok(told.deliveryRate > 0 && told.pacingRate > 0 && told.maxPacingRate === Infinity);
});

test(
  'ss tells the same',
  { skip: skip || (spawnSync('ss', ['-V']).error ? 'there is no ss' : false) },
  async (t) => {
    const { client, peer } = await connectedPair(t, net, { clientOptions: { congestionControl: 'reno' } });
    peer.resume();
    client.write(Buffer.alloc(5000));
    await new Promise((resolve) => client.write('end', resolve));
    await settle(client, peer);
    const filter = ['-tinH', 'sport', '=', `:${client.localPort}`];
    const { stdout } = spawnSync('ss', filter, { encoding: 'utf8' });
    const info = client.tcpInfo();
    assert.match(stdout, /\breno\b/);
    const number = (name) => Number(new RegExp(`\\b${name}:([\\d.]+)`).exec(stdout)?.[1]);
    assert.strictEqual(number('bytes_acked'), info.bytesAcked);
    assert.strictEqual(number('mss'), info.sendMss);
    assert.strictEqual(number('cwnd'), info.congestionWindow);
    assert.strictEqual(number('segs_out'), info.segmentsOut);
    assert.ok(Math.abs(number('rtt') - info.rtt) <= 0.001, stdout);
  },
);

test('states of a connection', { skip }, async (t) => {
  const { client, peer } = await connectedPair(t, net, { serverOptions: { allowHalfOpen: true } });
  client.end();
  await once(peer.resume(), 'end');
  assert.strictEqual(peer.tcpInfo().state, 'CLOSE_WAIT');
  assert.match(client.tcpInfo().state, /^FIN_WAIT_[12]$/);
});

const needsFilter = { skip, needs: 'dropPackets' };

capableTest('a peer that acknowledges nothing: bytes on their way, sent again', needsFilter, async (t) => {
  const { line } = runPython(t, VANISHING);
  const client = net.connect({ port: Number(await line()), host: '127.0.0.1' });
  t.after(() => client.destroy());
  await once(client, 'connect');
  await line();
  client.write('is anybody there?');
  for (;;) {
    const info = client.tcpInfo();
    // The first may be a probe for a lost tail.
    if (info.retransmits > 0) {
      assert.ok(info.unacked > 0 && info.totalRetransmits > 0 && info.bytesRetransmitted > 0);
      assert.deepStrictEqual([info.congestionState, info.bytesAcked], ['loss', 1]);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('what has no connection', { skip }, async (t) => {
  const socket = new net.Socket();
  assert.throws(() => socket.tcpInfo(), { code: 'ENOTCONN', syscall: 'getsockopt' });
  const lookup = () => {};
  socket.connect({ port: 1, host: 'x', lookup });
  assert.throws(() => socket.tcpInfo(), { code: 'ENOTCONN', syscall: 'getsockopt' });
  socket.destroy();
  assert.throws(() => socket.tcpInfo(), { code: 'ERR_SOCKET_CLOSED' });
  const server = net.createServer().listen(socketPath(t));
  t.after(() => server.close());
  await once(server, 'listening');
  const client = net.connect(server.address());
  t.after(() => client.destroy());
  await once(client, 'connect');
  assert.throws(() => client.tcpInfo(), { code: 'ENOTSUP', syscall: 'getsockopt' });
});
