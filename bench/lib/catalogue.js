'use strict';

// Every case: its script and arguments, whether it needs the peer, the same work for the limit program, and its target.
// `target` is the least ratio to Node's net (the most, where less is better); it comes from what the project promises.

const KINDS = ['buffer', 'ascii', 'utf8'];
const KIND_TITLES = { buffer: 'Buffer', ascii: 'ASCII string', utf8: 'UTF-8 string' };
const SIZES = [
  { size: 64, title: '64 B', target: 8 },
  { size: 1024, title: '1 KiB', target: 3 },
  { size: 64 * 1024, title: '64 KiB', target: 1.6 },
  { size: 1024 * 1024, title: '1 MiB', target: 1.3 },
];
const CONNECTIONS = [1, 64, 1000];
const BULK = 64 * 1024;

// No case may fall below core, and none may take more than this share of core's processor time.
const LEAST_RATIO = 1;
const MOST_CPU = 0.8;

function define(group, name, title, script, args, more = {}) {
  const { target = LEAST_RATIO, ...rest } = more;
  return { group, name, title, script, args, needsPeer: false, smallerIsBetter: false, ...rest, target };
}

function streams(transport) {
  const unix = transport === 'unix';
  const prefix = unix ? 'unix-' : '';
  const cases = [];
  for (const { size, title, target } of SIZES) {
    for (const kind of unix ? ['buffer'] : KINDS) {
      const name = `${prefix}stream-${size}-${kind}`;
      const args = { size, kind, transport };
      const limit = ['stream', { size, unix }];
      cases.push(
        define(transport, name, `${title} writes, ${KIND_TITLES[kind]}`, 'stream', args, { target, limit }),
      );
    }
  }
  return cases;
}

function bursts() {
  return [
    { writes: 8, target: 2.5 },
    { writes: 100, target: 8 },
  ].map(({ writes, target }) => {
    const limit = ['burst', { size: 64, writes }];
    const title = `${writes} writes of 64 B a turn`;
    return define('tcp', `burst-${writes}`, title, 'burst', { size: 64, writes }, { target, limit });
  });
}

const FAR_TITLES = { none: '', client: ', against a client', server: ', against a server' };

function pingPongTarget(connections, far) {
  if (connections > 1) return 1.4;
  return far === 'none' ? 1.15 : LEAST_RATIO;
}

function pingPongs(transport, far) {
  const unix = transport === 'unix';
  return CONNECTIONS.map((connections) => {
    const name = [unix && 'unix', 'ping-pong', far !== 'none' && far, connections].filter(Boolean).join('-');
    const plural = connections === 1 ? '1 connection' : `${connections} connections`;
    return define(
      far === 'none' ? transport : 'two processes',
      name,
      `ping-pong, ${plural}${FAR_TITLES[far]}`,
      'ping-pong',
      { connections, far, transport, size: 64 },
      {
        target: pingPongTarget(connections, far),
        needsPeer: far !== 'none',
        limit: far === 'none' ? ['ping-pong', { connections, unix }] : undefined,
      },
    );
  });
}

const BUSY_POLL_MICROS = { OXINET_BUSY_POLL: '100' };

/** Busy polling is oxinet's: the far end of core's runs is always the ordinary one. */
function busyPolling() {
  return ['client', 'server'].flatMap((far) => {
    const args = { connections: 1, far, size: 64 };
    const title = `ping-pong with busy polling${FAR_TITLES[far]}`;
    const more = { target: 4, needsPeer: true, env: BUSY_POLL_MICROS };
    const both = { ...more, subjectArgs: { spin: 1 } };
    return [
      define('two processes', `busy-poll-${far}`, title, 'ping-pong', args, { ...more, target: LEAST_RATIO }),
      define('two processes', `busy-poll-both-${far}`, `${title} that polls too`, 'ping-pong', args, both),
    ];
  });
}

function bulk() {
  const args = { size: BULK };
  const peer = { needsPeer: true };
  const never = { ...peer, target: 1.1, floor: LEAST_RATIO };
  return [
    define('two processes', 'sink', 'server reads 64 KiB writes of a client', 'sink', args, never),
    define('two processes', 'source', 'server writes 64 KiB to a client', 'source', args, never),
    define('two processes', 'echo', 'echo by pipe()', 'echo', args, { ...peer, target: 1.2 }),
    define('two processes', 'proxy', 'TCP proxy by pipe() both ways', 'proxy', args, {
      ...peer,
      target: 1.2,
    }),
    define(
      'two processes',
      'proxy-relay',
      'the same, oxinet by relay()',
      'proxy',
      { ...args, mode: 'relay' },
      { ...peer, target: 1.6 },
    ),
  ];
}

function memory() {
  const more = { needsPeer: true, smallerIsBetter: true, target: 0.8 };
  const connections = 10_000;
  return [
    define('memory', 'idle', '10,000 idle connections', 'idle-memory', { connections }, more),
    define(
      'memory',
      'idle-used',
      '10,000, after a message each',
      'idle-memory',
      { connections, message: 64 },
      more,
    ),
  ];
}

const connectClose = define(
  'tcp',
  'connect-close',
  'connect and close, 16 at a time',
  'connect-close',
  { connections: 16 },
  { target: 2, limit: ['connect-close', { connections: 16 }] },
);

const catalogue = [
  ...streams('tcp'),
  ...bursts(),
  ...pingPongs('tcp', 'none'),
  connectClose,
  ...streams('unix'),
  ...pingPongs('unix', 'none'),
  ...pingPongs('tcp', 'client'),
  ...pingPongs('tcp', 'server'),
  ...bulk(),
  ...busyPolling(),
  ...memory(),
];

module.exports = { MOST_CPU, catalogue };
