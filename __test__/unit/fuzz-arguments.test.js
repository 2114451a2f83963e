'use strict';

// What users hand in, against core: argument lists, options, addresses and paths, whatever they are. BlockList and SocketAddress
// are core's own classes.

const assert = require('node:assert');
const net = require('node:net');
const { describe, it } = require('node:test');
const util = require('node:util');
const oxinet = require('../..');
const ListenHandle = require('../../lib/handle/listen.js');
const { isCutPath, normalizeArgs } = require('../../lib/base/connect-args.js');
const { binding } = require('../helpers/core-binding');
const { RUNS, fc, holds } = require('../helpers/fuzz');

/** What a call gave or threw, to compare. */
function outcome(call) {
  try {
    return { value: call() };
  } catch (error) {
    return { name: error?.name, code: error?.code, message: error?.message };
  }
}

const callback = () => {};
const portText = fc.oneof(
  fc.integer({ min: -10, max: 70_000 }).map(String),
  fc.constantFrom(
    '',
    ' ',
    '0x10',
    '1e3',
    '0b11',
    '0o17',
    '-0',
    '+1',
    '1_0',
    '1.0',
    '.',
    '1n',
    'Infinity',
    '\t8\n',
  ),
  fc.string({ maxLength: 5 }),
);
const odd = fc.oneof(
  { weight: 3, arbitrary: portText },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 70_000 }) },
  { weight: 1, arbitrary: fc.double() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      undefined,
      null,
      true,
      false,
      1n,
      callback,
      NaN,
      Symbol('s'),
      new Date(0),
      '/p',
      'host',
    ),
  },
  { weight: 1, arbitrary: fc.array(fc.integer(), { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.record({ port: portText, host: fc.string() }, { requiredKeys: [] }) },
);

/** Of `connect()` where a name has to be looked up, which never ends. */
function connecting(Socket, options) {
  const socket = new Socket();
  socket.on('error', () => {});
  try {
    return outcome(() => void socket.connect({ ...options, lookup: () => {} }));
  } finally {
    socket.destroy();
  }
}

const connectOptions = fc.record(
  {
    port: odd,
    host: fc.constantFrom('name.invalid', 'other.invalid'),
    family: fc.constantFrom(0, 4, 6, undefined),
    localAddress: fc.oneof(odd, fc.ipV4(), fc.ipV6()),
    localPort: odd,
    hints: fc.integer({ min: 0, max: 64 }),
    autoSelectFamily: fc.constantFrom(true, false, undefined),
    autoSelectFamilyAttemptTimeout: fc.oneof(odd, fc.integer({ min: 1, max: 1000 })),
  },
  { requiredKeys: ['host'] },
);

const address = fc.oneof(
  { weight: 3, arbitrary: fc.ipV6() },
  { weight: 2, arbitrary: fc.ipV4() },
  { weight: 2, arbitrary: fc.ipV4().map((text) => `127.${text.split('.').slice(1).join('.')}`) },
  { weight: 2, arbitrary: fc.ipV4().map((text) => `::ffff:${text}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('::1', '::', '0.0.0.0', '::127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:0:0:1'),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: fc.constantFrom(...'0123456789abcf:.'), maxLength: 7 })
      .map((end) => `::${end}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: fc.constantFrom(...'0123456789abcf:.'), maxLength: 7 })
      .map((end) => `::1:${end}`),
  },
);
const zone = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('%lo', '%1', '%0', '%nosuchif', '%99999999999', '%+1', '%01') },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef-.'), maxLength: 6 })
      .map((z) => `%${z}`),
  },
);

/** What binding a listener gave, and the address that it has then. */
function bound(handle, method, text) {
  const name = {};
  const status = outcome(() => handle[method](text, 0, 0));
  if (status.value === 0) assert.strictEqual(handle.getsockname(name), 0);
  handle.close();
  return { status, address: name.address, family: name.family };
}

describe('what users hand in is understood as by core', () => {
  it('lists of arguments', () => {
    holds([fc.array(odd, { maxLength: 4 })], (args) => {
      assert.deepStrictEqual(
        outcome(() => normalizeArgs(args)),
        outcome(() => net._normalizeArgs(args)),
        util.inspect(args),
      );
    });
  });

  it('options of a connection', () => {
    holds([connectOptions], (options) => {
      assert.deepStrictEqual(
        connecting(oxinet.Socket, options),
        connecting(net.Socket, options),
        util.inspect(options),
      );
    });
  });

  it('addresses to bind to', () => {
    const { TCP, constants } = binding('tcp_wrap');
    holds([fc.constantFrom('bind', 'bind6'), address, zone], (method, text, scope) => {
      const full = text + scope;
      // All else is a name to look up.
      fc.pre(net.isIP(full) !== 0);
      assert.deepStrictEqual(
        bound(new ListenHandle(true), method, full),
        bound(new TCP(constants.SERVER), method, full),
        `${method} ${util.inspect(full)}`,
      );
    });
  });
});

/** How connecting to a path fails: there is nobody. */
function connectingTo(Socket, path) {
  return new Promise((resolve) => {
    const socket = new Socket();
    socket.on('error', ({ code, message, syscall }) => {
      socket.destroy();
      resolve({ code, message, syscall });
    });
    const thrown = outcome(() => void socket.connect({ path }));
    if (thrown.value === undefined && thrown.name === undefined) return;
    socket.destroy();
    resolve(thrown);
  });
}

it('paths', async () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'é', '€', '😀', '.', ' '),
    minLength: 1,
    maxLength: 60,
  });
  const path = fc
    .tuple(fc.constantFrom('/oxinet-none/', '\0oxinet-none-'), name, fc.integer({ min: 0, max: 120 }))
    .map(([start, text, more]) => start + text + 'x'.repeat(more));
  const property = fc.asyncProperty(path, async (text) => {
    assert.ok(!isCutPath(text));
    assert.deepStrictEqual(await connectingTo(oxinet.Socket, text), await connectingTo(net.Socket, text));
  });
  await fc.assert(property, { numRuns: Math.min(RUNS, 2000), seed: Number(process.env.FUZZ_SEED) || 1 });
});
