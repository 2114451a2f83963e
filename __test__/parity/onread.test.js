'use strict';

const vm = require('node:vm');
const { scenario } = require('./harness.js');

/** A client that reads by `onread` from a server that sends `bytes` and ends. */
async function receive(net, t, bytes, onread, use) {
  const server = net.createServer((peer) => {
    t.track(peer).on('error', () => {});
    peer.end(bytes);
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect({ port, host: '127.0.0.1', onread }), 'client');
  await use?.(client);
  await t.closed(client);
  return client;
}

scenario('trap 16: onread fills the buffer given, again and again', async (net, t) => {
  const buffer = Buffer.alloc(16);
  let text = '';
  let sameBuffer = true;
  let fits = true;
  await receive(net, t, 'a text of more than sixteen bytes, so that several reads are needed', {
    buffer,
    callback(nread, given) {
      sameBuffer &&= given === buffer;
      fits &&= nread > 0 && nread <= buffer.length;
      text += given.toString('latin1', 0, nread);
      return true;
    },
  });
  t.log('client', 'text', text);
  t.log('client', 'checks', sameBuffer, fits);
});

scenario('trap 16: onread with a Uint8Array', async (net, t) => {
  const buffer = new Uint8Array(8);
  let text = '';
  await receive(net, t, 'into an array', {
    buffer,
    callback(nread, given) {
      text += Buffer.from(given.subarray(0, nread)).toString();
      t.log('client', 'same array', given === buffer);
    },
  });
  t.log('client', 'text', text);
});

scenario('trap 16: onread with a function that gives buffers', async (net, t) => {
  const made = [];
  let text = '';
  let known = true;
  await receive(net, t, 'the function gives a new buffer for each read', {
    buffer() {
      const buffer = Buffer.alloc(10);
      made.push(buffer);
      return buffer;
    },
    callback(nread, given) {
      known &&= made.includes(given);
      text += given.toString('latin1', 0, nread);
    },
  });
  t.log('client', 'text', text, known);
  t.log('client', 'several buffers', made.length > 3);
});

scenario('trap 16: onread stops when the callback returns false', async (net, t) => {
  let text = '';
  let calls = 0;
  await receive(
    net,
    t,
    'first second third',
    {
      buffer: Buffer.alloc(6),
      callback(nread, given) {
        text += given.toString('latin1', 0, nread);
        return ++calls !== 1;
      },
    },
    async (client) => {
      await t.once(client, 'ready');
      while (calls === 0) await t.turns(1);
      await t.turns(5);
      t.log('client', 'stopped after', text, calls, client.isPaused());
      client.resume();
    },
  );
  t.log('client', 'text', text);
});

scenario('onread: pause() and resume()', async (net, t) => {
  let text = '';
  await receive(
    net,
    t,
    'abcdef',
    {
      buffer: Buffer.alloc(3),
      callback(nread, given) {
        text += given.toString('latin1', 0, nread);
      },
    },
    async (client) => {
      client.pause();
      await t.once(client, 'ready');
      await t.turns(5);
      t.log('client', 'paused', JSON.stringify(text));
      client.resume();
    },
  );
  t.log('client', 'text', text);
});

scenario('onread: bytesRead, this and the arguments', async (net, t) => {
  const client = await receive(net, t, '12345', {
    buffer: Buffer.alloc(32),
    callback(...args) {
      t.log('client', 'call', args.length, args[0], this === undefined || this === globalThis || typeof this);
    },
  });
  t.log('client', 'read', client.bytesRead);
});

scenario('onread: a reset is still an error', async (net, t) => {
  const onread = { buffer: Buffer.alloc(8), callback: () => t.log('client', 'read') };
  const { client, peer } = await t.pair(net, { client: { onread } });
  peer.resetAndDestroy();
  await t.closed(client);
});

scenario('onread: there are no data events', async (net, t) => {
  const onread = { buffer: Buffer.alloc(8), callback: (nread) => t.log('client', 'read', nread) };
  await receive(net, t, 'bytes', onread, (client) => {
    client.on('data', () => t.log('client', 'a data event came'));
    client.on('readable', () => t.log('client', 'readable', client.read()));
  });
});

scenario('onread: the timer is refreshed and writing works', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).pipe(peer));
  const port = await t.listen(server);
  let text = '';
  const onread = {
    buffer: Buffer.alloc(64),
    callback(nread, given) {
      text += given.toString('latin1', 0, nread);
      if (text.length === 6) client.end();
    },
  };
  const client = t.watch(net.connect({ port, host: '127.0.0.1', onread }), 'client');
  client.write('one');
  client.write('two');
  await t.closed(client);
  t.log('client', 'text', text);
});

scenario('onread: incomplete or wrong options', async (net, t) => {
  for (const [name, onread] of [
    ['null', null],
    ['empty', {}],
    ['no callback', { buffer: Buffer.alloc(1) }],
    ['no buffer', { callback() {} }],
    ['text', { buffer: 'text', callback() {} }],
    ['empty buffer', { buffer: Buffer.alloc(0), callback() {} }],
  ]) {
    t.call('client', name, () => t.track(new net.Socket({ onread })).pending);
  }
});

scenario('onread: a large amount through a small buffer', async (net, t) => {
  const bytes = Buffer.alloc(512 * 1024).map((_, i) => (i * 31) & 0xff);
  const parts = [];
  await receive(net, t, bytes, {
    buffer: Buffer.alloc(1000),
    callback(nread, given) {
      parts.push(Buffer.from(given.subarray(0, nread)));
    },
  });
  t.log('client', 'same', Buffer.concat(parts).equals(bytes));
});

scenario('onread: memory of another realm', async (net, t) => {
  const foreign = (source) => vm.runInNewContext(source);
  for (const [name, buffer] of Object.entries({
    array: foreign('new Uint8Array(64)'),
    supplier: foreign('() => new Uint8Array(64)'),
    subclass: foreign('new (class extends Uint8Array {})(64)'),
    clamped: foreign('new Uint8ClampedArray(64)'),
    words: foreign('new Uint16Array(64)'),
    view: foreign('new DataView(new ArrayBuffer(64))'),
    memory: foreign('new ArrayBuffer(64)'),
    pretender: Object.create(Uint8Array.prototype),
  })) {
    const callback = (nread, given) => t.log(name, 'read', nread, Buffer.from(given.subarray(0, nread)));
    await receive(net, t, 'realms', { buffer, callback }, (client) => t.read(client, name));
  }
});

scenario('onread: a socket writes memory of another realm', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const text = t.read(peer, 'peer');
  for (const source of [
    'new Uint8Array([104, 105])',
    'new DataView(new ArrayBuffer(2))',
    'new Int16Array(2)',
  ]) {
    t.call('client', source, () => client.write(vm.runInNewContext(source)));
  }
  t.call('client', 'memory', () => client.write(vm.runInNewContext('new ArrayBuffer(2)')));
  t.call('client', 'many', () => client.write(vm.runInNewContext('new Uint8Array(1e6).fill(7)')));
  client.end();
  await Promise.all([text, t.closed(client, peer)]);
});

scenario('onread: when buffers are asked for', async (net, t) => {
  const nonsense = ['first', undefined, null, {}, 'text', new Uint16Array(8)];
  for (const [i, odd] of nonsense.entries()) {
    let calls = 0;
    const onread = {
      // What is no buffer leaves the one before in place.
      buffer: () => (t.log(i, 'asked', ++calls), calls === 2 ? odd : new Uint8Array(4)),
      callback: (nread, given) => t.log(i, 'read', nread, Buffer.from(given.subarray(0, nread))),
    };
    const idle = t.track(new net.Socket({ onread }));
    t.log(i, 'made', calls, idle.pending);
    calls = 0;
    await receive(net, t, 'ten bytes!', onread);
  }
});

scenario(
  'onread: what is no buffer at first',
  {
    differs: 'core calls back with `true` in place of the bytes, which are lost',
    expected: {
      client: [
        'connectionAttempt("127.0.0.1", P, 4)',
        'connect()',
        'ready()',
        'read 5 Buffer "bytes"',
        'end()',
        'finish()',
        'close(false)',
      ],
    },
  },
  async (net, t) => {
    const callback = (nread, given) => t.log('client', 'read', nread, given);
    await receive(net, t, 'bytes', { buffer: () => 'none', callback });
  },
);
