'use strict';

// What the process under test does while nothing fails but its peers, name servers and limits.

const dns = require('node:dns');
const path = require('node:path');
const { HOWS } = require('./misbehave.js');
const { FEW, SIZE, bytes, pieces } = require('./payload.js');

const TURNS = 30;

const turns = async (count = TURNS) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Writes and reads whatever the peer may do meanwhile. */
async function meet(stage, to, { options = {}, act = () => {}, size = SIZE } = {}) {
  const socket = stage.net.connect({ ...to, ...options });
  const ended = stage.watch(socket);
  const chunks = stage.collect(socket);
  for (const part of pieces(size, 10_000)) stage.write(socket, part);
  socket.end();
  await act(socket);
  await ended;
  stage.came(chunks, size);
}

/** As a server. */
function receive(stage, how, size = SIZE) {
  return stage.server({ port: 0, host: '127.0.0.1' }, [how], (socket) => {
    const chunks = stage.collect(socket);
    for (const part of pieces(size, 10_000)) stage.write(socket, part);
    socket.end();
    socket.on('close', () => stage.came(chunks, size));
  });
}

/** More than both kernels hold for a peer that does not read. */
const MUCH = 1 << 20;

async function deaf(stage, to) {
  const socket = stage.net.connect(to);
  const ended = stage.watch(socket);
  for (let i = 0; i < 12; i++) stage.write(socket, bytes(MUCH));
  await turns();
  if (socket.writableLength === 0) stage.errors.push('nothing waits');
  socket.destroy();
  await ended;
}

async function fullBacklog(stage, unix) {
  const file = unix ? path.join(stage.peers.folder, `full-${process.pid}`) : undefined;
  const to = await stage.peer('blocked', file);
  const sockets = Array.from({ length: 8 }, () => stage.net.connect(to));
  const ends = sockets.map((socket) => stage.watch(socket));
  await turns();
  for (const socket of sockets) socket.destroy();
  await Promise.all(ends);
}

/** Answers of a name lookup, by `callback(error, addresses)`. */
const found = [{ address: '127.0.0.1', family: 4 }];
const failure = (code) => Object.assign(new Error(code), { code, syscall: 'getaddrinfo' });
const LOOKUPS = {
  'that fails': (callback) => process.nextTick(callback, failure('ENOTFOUND')),
  'that fails later': (callback) => setTimeout(callback, 20, failure('EAI_AGAIN')),
  'that fails at once': (callback) => callback(failure('ENOTFOUND')),
  'that finds nothing': (callback) => process.nextTick(callback, null, []),
  'that is slow': (callback) => setTimeout(callback, 50, null, found),
  'that finds what is no address': (callback) =>
    process.nextTick(callback, null, [{ address: 'nowhere', family: 4 }]),
  'that finds a wrong family': (callback) =>
    process.nextTick(callback, null, [{ address: '127.0.0.1', family: 5 }]),
  'that finds one that refuses first': (callback) =>
    process.nextTick(callback, null, [{ address: '127.0.0.77', family: 4 }, ...found]),
  'that finds ones that refuse': (callback) =>
    process.nextTick(callback, null, [
      { address: '127.0.0.77', family: 4 },
      { address: '::1', family: 6 },
    ]),
  'that answers twice': (callback) => {
    process.nextTick(callback, null, found);
    setTimeout(callback, 5, null, found);
  },
};

const lookupBy = (answer) => (host, options, callback) =>
  answer((error, list) => {
    if (error || options.all) callback(error, list);
    else callback(null, list[0]?.address, list[0]?.family);
  });

const withLookup = (answer) => async (stage) => {
  const { port } = await stage.peer('echo');
  await meet(stage, { port, host: 'name.test' }, { options: { lookup: lookupBy(answer) } });
};

/** By a name server that answers so (nameserver.js). */
const withNameServer = (name) => async (stage) => {
  const { port } = await stage.peer('echo');
  const resolver = new dns.Resolver({ timeout: 100, tries: 2 });
  resolver.setServers([`127.0.0.1:${stage.peers.names.port}`]);
  const lookup = (host, options, callback) =>
    resolver.resolve4(host, (error, list) => {
      const all = list?.map((address) => ({ address, family: 4 }));
      if (error || options.all) callback(error, all);
      else callback(null, list[0], 4);
    });
  await meet(stage, { port, host: `${name}.test` }, { options: { lookup } });
};

/** Destroyed before its name is found. */
async function destroyedInLookup(stage) {
  let answer;
  const socket = stage.net.connect({
    port: 1,
    host: 'name.test',
    lookup: (host, options, callback) => (answer = callback),
  });
  const ended = stage.watch(socket);
  await turns(2);
  socket.destroy();
  await ended;
  answer(null, [{ address: '127.0.0.1', family: 4 }]);
  await turns(2);
}

const LIMITS = {
  'limit: peer never reads, TCP': async (stage) => deaf(stage, await stage.peer('deaf')),
  'limit: peer never reads, Unix': async (stage) =>
    deaf(stage, await stage.peer('deaf', path.join(stage.peers.folder, `deaf-${process.pid}`))),
  'limit: peer reads late': async (stage) => meet(stage, await stage.peer('slow'), { size: MUCH }),
  'limit: peer sends byte by byte': async (stage) => meet(stage, await stage.peer('dribble'), { size: FEW }),
  'limit: visitor sends byte by byte': (stage) => receive(stage, 'dribble', FEW),
  'limit: full backlog, TCP': (stage) => fullBacklog(stage, false),
  'limit: full backlog, Unix': (stage) => fullBacklog(stage, true),
  'limit: 200 visitors at once': (stage) =>
    stage.server(
      { port: 0, host: '127.0.0.1' },
      Array.from({ length: 200 }, () => 'echo'),
      (socket) => socket.pipe(socket),
    ),
  'names: destroyed in a lookup': destroyedInLookup,
};
for (const [name, answer] of Object.entries(LOOKUPS)) LIMITS[`names: lookup ${name}`] = withLookup(answer);
for (const name of ['good', 'slow', 'unknown', 'broken', 'silent', 'garbage', 'late'])
  LIMITS[`names: server, ${name}`] = withNameServer(name);

// What peers do at each moment.
for (const how of HOWS) {
  LIMITS[`peer of a client: ${how}`] = async (stage) => meet(stage, await stage.peer(how));
  LIMITS[`peer of a server: ${how}`] = (stage) => receive(stage, how);
}

module.exports = { LIMITS };
