'use strict';

// Connections to servers that look for a header of the PROXY protocol: whatever the pieces in which bytes come, what is told of them
// is the same, no byte is lost, and no connection is left over. An oracle in JavaScript says what that is.

const assert = require('node:assert');
const { once } = require('node:events');
const { test } = require('node:test');

const net = require('../..');
const { RUNS, fc } = require('../helpers/fuzz');

const SEED = Number(process.env.FUZZ_SEED) || 1;
const V1 = Buffer.from('PROXY ');
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function v2(command, family, body) {
  const size = Buffer.from([body.length >> 8, body.length & 255]);
  return Buffer.concat([V2, Buffer.from([command, family]), size, Buffer.from(body)]);
}

const V4 = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 0xbb];

/** Beginnings, and what they are: `pass` with the client's address, or `fail`. */
const BEGINNINGS = [
  { bytes: Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'), pass: '192.0.2.1' },
  { bytes: Buffer.from('PROXY TCP6 2001:db8::1 ::1 1 2\r\n'), pass: '2001:db8::1' },
  { bytes: Buffer.from('PROXY UNKNOWN\r\n'), pass: '127.0.0.1' },
  { bytes: v2(0x21, 0x11, V4), pass: '192.0.2.1' },
  { bytes: v2(0x21, 0x11, [...V4, 0x04, 0, 100, ...Buffer.alloc(100)]), pass: '192.0.2.1' },
  { bytes: v2(0x20, 0, []), pass: '127.0.0.1' },
  { bytes: Buffer.from('PROXY TCP4 192.0.2.1\r\n'), fail: true },
  { bytes: v2(0x21, 0x11, V4.slice(1)), fail: true },
  { bytes: v2(0x21, 0x11, [...V4, 0x04, 0, 100]), fail: true },
];

/** What has to come of the bytes, when the peer ends after them: the address that is told and what is left to be read; or null. */
function expected(mode, { beginning, cut, payload }) {
  const { bytes, pass } = BEGINNINGS[beginning];
  const all = Buffer.concat([bytes.subarray(0, bytes.length - cut), payload]);
  if (cut === 0) return pass === undefined ? null : { address: pass, rest: payload };
  // Its beginning is gone or not: what follows may be taken for a part of it, which is not worth an oracle.
  const begun = [V1, V2].some((signature) => all.subarray(0, signature.length).equals(signature));
  if (begun) return payload.length === 0 ? null : undefined;
  const mayBegin = [V1, V2].some((signature) => signature.subarray(0, all.length).equals(all));
  if (mode === 'require') return null;
  return mayBegin || !begun ? { address: '127.0.0.1', rest: all } : undefined;
}

const cases = fc.record({
  beginning: fc.nat(BEGINNINGS.length - 1),
  // So much of the end is missing.
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(60)),
  payload: fc.oneof(
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  ),
  /** Where a piece ends. */
  pieces: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 6 }),
  /** Turns of the loop between two pieces. */
  turns: fc.nat(3),
});

for (const mode of ['require', 'accept']) {
  test(`pieces, proxyProtocol: '${mode}'`, async (t) => {
    const trusted = new net.BlockList();
    trusted.addAddress('127.0.0.1');
    const server = net.createServer({ proxyProtocol: mode, trusted, proxyProtocolTimeout: 60_000 });
    t.after(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    let told = null;
    server.on('drop', ({ reason }) => assert.strictEqual(reason, 'proxyProtocol'));
    server.on('connection', (socket) => {
      const chunks = [];
      told = { address: socket.remoteAddress, rest: null };
      const mine = told;
      socket.on('error', () => {}).on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => (mine.rest = Buffer.concat(chunks)));
    });
    const play = async (input) => {
      const { bytes } = BEGINNINGS[input.beginning];
      const cut = Math.min(input.cut, bytes.length);
      const all = Buffer.concat([bytes.subarray(0, bytes.length - cut), input.payload]);
      told = null;
      const client = net.connect(server.address().port, '127.0.0.1').on('error', () => {});
      client.setNoDelay().resume();
      const closed = new Promise((resolve) => client.once('close', resolve));
      await new Promise((resolve) => client.once('connect', resolve));
      let at = 0;
      for (const size of input.pieces) {
        if (at < all.length) client.write(all.subarray(at, (at += size)));
        for (let i = 0; i < input.turns; i++) await new Promise(setImmediate);
      }
      client.end(all.subarray(at));
      await closed;
      while (server._connections > 0) await new Promise(setImmediate);
      const wanted = expected(mode, { ...input, cut });
      if (wanted !== undefined) assert.deepStrictEqual(told, wanted);
    };
    await fc.assert(fc.asyncProperty(cases, play), { numRuns: RUNS, seed: SEED });
  });
}
