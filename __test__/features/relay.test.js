'use strict';

const assert = require('node:assert');
const { on, once } = require('node:events');
const { randomBytes } = require('node:crypto');
const test = require('node:test');
const net = require('../..');
const { all, innerEnds, until } = require('../helpers/relayed.js');

const HALF_OPEN = { clientOptions: { allowHalfOpen: true }, serverOptions: { allowHalfOpen: true } };
const isWindows = process.platform === 'win32';
const NO_HALF_CLOSE = "core's: nothing comes out of a named pipe into which nothing goes any more";

for (const [from, to] of [
  ['tcp', 'tcp'],
  ['tcp', 'unix'],
  ['unix', 'tcp'],
  ['unix', 'unix'],
]) {
  const skip = isWindows && `${from}${to}` !== 'tcptcp' && NO_HALF_CLOSE;
  for (const allowHalfOpen of [false, true]) {
    test(`both ways, from ${from} to ${to}, allowHalfOpen ${allowHalfOpen}`, { skip }, async (t) => {
      const { client, a, b, far } = await innerEnds(t, net, {
        from,
        to,
        ...HALF_OPEN,
        innerOptions: { allowHalfOpen },
      });
      const [there, back] = [randomBytes(3_000_000), randomBytes(2_000_000)];
      const events = [];
      for (const [name, socket] of Object.entries({ a, b })) {
        for (const event of ['end', 'finish', 'close', 'data']) {
          socket.on(event, () => events.push(`${name} ${event}`));
        }
      }
      const closed = [a, b].map((socket) => once(socket, 'close'));
      const relayed = net.relay(a, b);
      client.end(there);
      const arrived = await all(far);
      assert.ok(arrived.equals(there), 'what came in at a went out at b');
      // One way is over; the other goes on whatever allowHalfOpen says.
      assert.deepStrictEqual(events, ['b finish']);
      far.end(back);
      assert.ok((await all(client)).equals(back), 'and the other way');
      assert.deepStrictEqual(await relayed, { bytesAToB: there.length, bytesBToA: back.length });
      assert.deepStrictEqual(await Promise.all(closed), [[false], [false]]);
      assert.deepStrictEqual(events.slice(0, 2), ['b finish', 'a finish']);
      assert.deepStrictEqual(events.slice(2).sort(), ['a close', 'a end', 'b close', 'b end']);
      assert.deepStrictEqual(
        [a.bytesRead, a.bytesWritten, b.bytesRead, b.bytesWritten],
        [there.length, back.length, back.length, there.length],
      );
    });
  }

  test(`an answer before the end, from ${from} to ${to}`, async (t) => {
    const { client, a, b, far } = await innerEnds(t, net, { from, to });
    const [there, back] = [randomBytes(3_000_000), randomBytes(2_000_000)];
    const closed = [a, b].map((socket) => once(socket, 'close'));
    const relayed = net.relay(a, b);
    client.write(there);
    assert.ok((await exactly(far, there.length)).equals(there));
    far.write(back);
    assert.ok((await exactly(client, back.length)).equals(back));
    client.end();
    assert.deepStrictEqual(await relayed, { bytesAToB: there.length, bytesBToA: back.length });
    await Promise.all(closed);
    assert.deepStrictEqual([a.bytesRead, b.bytesRead], [there.length, back.length]);
  });
}

/** The next so many bytes that come in. */
async function exactly(socket, size) {
  const chunks = [];
  let left = size;
  for await (const [chunk] of on(socket, 'data')) {
    chunks.push(chunk);
    left -= chunk.length;
    if (left <= 0) return Buffer.concat(chunks);
  }
}

test('what was held before goes first, in its order', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net, HALF_OPEN);
  a.pause();
  client.write('2');
  await once(a, 'readable');
  a.unshift('1');
  const big = Buffer.alloc(1_000_000, 'x');
  b.write('a');
  b.write(big);
  b.cork();
  b.write('b');
  b.cork();
  b.write('c');
  a.write('answered before');
  const relayed = net.relay(a, b);
  client.end('3');
  far.end('4');
  const text = String(await all(far));
  assert.strictEqual(text, `a${big}bc123`);
  assert.strictEqual(String(await all(client)), 'answered before4');
  assert.deepStrictEqual(await relayed, { bytesAToB: 3, bytesBToA: 1 });
});

test('what can not be passed on is not read', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net, HALF_OPEN);
  far.pause();
  const relayed = net.relay(a, b);
  const size = 64 * 1024 * 1024;
  client.end(Buffer.alloc(size));
  // Both kernels' buffers, and the little that is in between, are full, long before all of it.
  let last = -1;
  await until(() => {
    const before = last;
    last = a.bytesRead;
    return last > 0 && last === before;
  });
  assert.ok(a.bytesRead < size, `${a.bytesRead} bytes`);
  assert.ok(a.bytesRead - b.bytesWritten <= 1024 * 1024, 'no more than a pipe holds is on its way');
  let count = 0;
  far.on('data', (chunk) => (count += chunk.length)).resume();
  await once(far, 'end');
  far.end();
  assert.strictEqual(count, size);
  assert.deepStrictEqual(await relayed, { bytesAToB: size, bytesBToA: 0 });
});

test('sockets that connect meanwhile are waited for', async (t) => {
  const { client, a, far: listening, b: unused } = await innerEnds(t, net, HALF_OPEN);
  unused.destroy();
  listening.destroy();
  const server = net
    .createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
    .listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const b = net.connect(server.address().port, '127.0.0.1');
  b.write('first ');
  const relayed = net.relay(a, b);
  client.end('then');
  assert.strictEqual(String(await all(client)), 'first then');
  assert.deepStrictEqual(await relayed, { bytesAToB: 4, bytesBToA: 10 });
});

test('a side that has ended before', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net, {
    ...HALF_OPEN,
    innerOptions: { allowHalfOpen: true },
  });
  a.pause();
  client.end('all of it');
  await until(() => a._readableState.ended);
  const relayed = net.relay(a, b);
  assert.strictEqual(String(await all(far)), 'all of it');
  far.end('answer');
  assert.strictEqual(String(await all(client)), 'answer');
  assert.deepStrictEqual(await relayed, { bytesAToB: 9, bytesBToA: 6 });
});

test('a side to which nothing can be said any more', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net, {
    ...HALF_OPEN,
    innerOptions: { allowHalfOpen: true },
  });
  b.end('last words');
  await once(b, 'finish');
  const closed = once(a, 'close');
  // What nobody reads makes a reset of the end.
  client.on('error', () => {});
  const relayed = net.relay(a, b);
  client.write('to nobody');
  far.end('answer');
  assert.strictEqual(String(await all(far)), 'last words');
  assert.deepStrictEqual(await relayed, { bytesAToB: 0, bytesBToA: 6 });
  await closed;
});

test('the streams are out of use meanwhile', async (t) => {
  const { a, b, client, far } = await innerEnds(t, net, HALF_OPEN);
  const relayed = net.relay(a, b);
  for (const name of ['end', 'pipe', 'sendFile', 'setEncoding', 'unshift', 'write']) {
    assert.throws(() => a[name]('x'), { code: 'ERR_INVALID_STATE' }, name);
  }
  a.on('data', () => assert.fail('data'));
  assert.strictEqual(a.resume().read(), null);
  for (const [one, other] of [
    [a, b],
    [b, a],
    [a, client],
  ]) {
    await assert.rejects(net.relay(one, other), { code: 'ERR_INVALID_STATE' });
  }
  client.end('x');
  assert.strictEqual(String(await all(far)), 'x');
  far.end();
  assert.deepStrictEqual(await relayed, { bytesAToB: 1, bytesBToA: 0 });
});

test('nonsense is refused, and nothing happens to the sockets', async (t) => {
  const { a, b, client } = await innerEnds(t, net);
  const cases = [
    [undefined, b, {}, 'ERR_INVALID_ARG_TYPE'],
    [a, {}, {}, 'ERR_INVALID_ARG_TYPE'],
    [a, a, {}, 'ERR_INVALID_ARG_VALUE'],
    [a, b, null, 'ERR_INVALID_ARG_TYPE'],
    [a, b, { idleTimeout: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [a, b, { idleTimeout: -1 }, 'ERR_OUT_OF_RANGE'],
    [a, b, { idleTimeout: NaN }, 'ERR_OUT_OF_RANGE'],
    [a, b, { signal: {} }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [one, other, options, code] of cases) {
    await assert.rejects(net.relay(one, other, options), { code }, code);
  }
  const sink = new net.Socket();
  a.pipe(sink);
  await assert.rejects(net.relay(a, b), { code: 'ERR_INVALID_STATE', message: /piped already/ });
  a.unpipe(sink);
  a.setEncoding('utf8');
  await assert.rejects(net.relay(a, b), { code: 'ERR_INVALID_STATE', message: /encoding/ });
  a.resume();
  client.end('still there');
  assert.strictEqual(String((await once(a, 'data'))[0]), 'still there');
});
