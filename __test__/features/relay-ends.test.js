'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const net = require('../..');
const { all, innerEnds, until } = require('../helpers/relayed.js');

/** How each of the inner sockets ends, told when both have. */
function ends(...sockets) {
  const endOf = (socket) =>
    new Promise((resolve) => {
      let code = null;
      socket.on('error', (error) => (code = error.code));
      socket.on('close', (hadError) => resolve([code, hadError]));
    });
  return Promise.all(sockets.map(endOf));
}

test('a reset of one side destroys both, and only that side has the error', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net);
  const ended = ends(a, b);
  const relayed = net.relay(a, b);
  client.write('some');
  await once(far, 'data');
  client.resetAndDestroy();
  await assert.rejects(relayed, (error) => {
    assert.deepStrictEqual(
      [error.code, error.syscall, error.bytesAToB, error.bytesBToA],
      ['ECONNRESET', 'read', 4, 0],
    );
    assert.strictEqual(error.socket, a);
    assert.ok(!Object.keys(error).includes('socket'));
    return true;
  });
  assert.deepStrictEqual(await ended, [
    ['ECONNRESET', true],
    [null, false],
  ]);
  await once(far, 'close');
});

test('a reset of the side that is written to, while bytes wait for it', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net);
  client.on('error', () => {});
  far.pause();
  const ended = ends(a, b);
  const relayed = net.relay(a, b);
  client.write(Buffer.alloc(32 * 1024 * 1024));
  await until(() => b.bytesWritten > 100_000);
  far.resetAndDestroy();
  await assert.rejects(
    relayed,
    (error) => ['ECONNRESET', 'EPIPE'].includes(error.code) && error.socket === b,
  );
  const [[first], [second]] = await ended;
  assert.strictEqual(first, null);
  assert.ok(['ECONNRESET', 'EPIPE'].includes(second), second);
});

test('without any listener for errors the promise is enough', async (t) => {
  const { client, a, b } = await innerEnds(t, net);
  const relayed = net.relay(a, b);
  client.resetAndDestroy();
  await assert.rejects(relayed, { code: 'ECONNRESET' });
  await until(() => a.closed && b.closed);
});

for (const error of [undefined, new Error('enough')]) {
  test(`destroy() ${error ? 'with an error' : 'alone'} in the middle`, async (t) => {
    const { client, a, b, far } = await innerEnds(t, net);
    const relayed = net.relay(a, b);
    const ended = ends(a, b);
    client.write('x');
    await once(far, 'data');
    a.destroy(error);
    await assert.rejects(relayed, (reason) => {
      if (error) assert.strictEqual(reason, error);
      else assert.strictEqual(reason.code, 'ERR_STREAM_PREMATURE_CLOSE');
      assert.deepStrictEqual([reason.bytesAToB, reason.socket], [1, a]);
      return true;
    });
    await ended;
    assert.strictEqual(a.bytesRead, 1);
    assert.strictEqual(b.bytesWritten, 1);
  });
}

test('a socket that was destroyed before', async (t) => {
  const { a, b } = await innerEnds(t, net);
  a.destroy();
  await assert.rejects(net.relay(a, b), { code: 'ERR_SOCKET_CLOSED' });
  await until(() => b.closed);
});

test('a connect that fails', async (t) => {
  const { a } = await innerEnds(t, net);
  const nobody = net.connect('/no/such/path/at/all');
  await assert.rejects(net.relay(a, nobody), (error) => error.code === 'ENOENT' && error.socket === nobody);
  await until(() => a.closed);
});

test('a signal ends it, before and meanwhile', async (t) => {
  const first = await innerEnds(t, net);
  await assert.rejects(net.relay(first.a, first.b, { signal: AbortSignal.abort('why') }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
    cause: 'why',
  });
  await until(() => first.a.closed && first.b.closed);
  const { client, a, b, far } = await innerEnds(t, net);
  const controller = new AbortController();
  const relayed = net.relay(a, b, { signal: controller.signal });
  client.write('x');
  await once(far, 'data');
  controller.abort();
  await assert.rejects(relayed, { name: 'AbortError', bytesAToB: 1, socket: null });
  await until(() => a.closed && b.closed);
});

test('a timeout of its own, and activity that puts it off', async (t) => {
  const { client, a, b, far } = await innerEnds(t, net);
  const start = performance.now();
  const relayed = net.relay(a, b, { idleTimeout: 60 });
  let rejected = false;
  relayed.catch(() => (rejected = true));
  far.resume();
  // A write may be on its way when the relay gives up.
  client.on('error', () => {});
  while (performance.now() - start < 300 && !rejected) {
    client.write('x');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await assert.rejects(relayed, (error) => {
    assert.strictEqual(error.code, 'ERR_RELAY_IDLE_TIMEOUT');
    assert.match(error.message, /60 ms/);
    return true;
  });
  assert.ok(performance.now() - start >= 60);
  await until(() => a.closed && b.closed);
});

test("a socket's own timeout sees what passes", async (t) => {
  const { a, b, client, far } = await innerEnds(t, net);
  const relayed = net.relay(a, b);
  let timeouts = 0;
  a.on('timeout', () => timeouts++);
  a.setTimeout(1_000_000);
  client.write('x');
  await once(far, 'data');
  // What the timer calls.
  a._onTimeout();
  assert.strictEqual(timeouts, 0, 'a byte has passed since');
  a.setTimeout(1);
  await once(a, 'timeout');
  client.end();
  far.end();
  await relayed;
});

test('bytes that come in a packet with the end, and nothing at all', async (t) => {
  for (const [there, back] of [
    ['', ''],
    ['x', ''],
    ['', 'y'],
  ]) {
    const { client, a, b, far } = await innerEnds(t, net);
    const relayed = net.relay(a, b);
    client.end(there);
    far.end(back);
    const [one, other] = await Promise.all([all(client), all(far)]);
    assert.deepStrictEqual([String(other), String(one)], [there, back]);
    assert.deepStrictEqual(await relayed, { bytesAToB: there.length, bytesBToA: back.length });
  }
});
