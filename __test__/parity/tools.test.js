'use strict';

// What tools see of sockets and servers: loggers that serialise them, walkers over all their properties, and the lists
// of what keeps a process alive.

const util = require('node:util');
const v8 = require('node:v8');
const { scenario } = require('./harness.js');

/** Every state that a tool may meet: `[name, object]`. */
async function specimens(net, t) {
  const { client, peer, server } = await t.pair(net);
  const listening = t.track(net.createServer().listen(t.path()));
  await t.once(listening, 'listening');
  const atPath = t.track(net.connect(listening.address()));
  const [accepted] = await t.once(listening, 'connection');
  t.track(accepted);
  const connecting = t.track(net.connect(server.address().port, '127.0.0.1'));
  const destroyed = t.track(new net.Socket()).destroy();
  const closed = net.createServer().listen(0, '127.0.0.1');
  await t.once(closed, 'listening');
  closed.close();
  return Object.entries({
    client,
    peer,
    server,
    listening,
    atPath,
    accepted,
    connecting,
    destroyed,
    closed,
    unconnected: new net.Socket(),
    idle: net.createServer(),
  });
}

scenario('tools: JSON.stringify() of sockets, servers and handles', async (net, t) => {
  for (const [name, object] of await specimens(net, t)) {
    const text = JSON.stringify({ object });
    t.log(name, 'json', typeof text, Object.keys(JSON.parse(text).object).includes('allowHalfOpen'));
    if (object._handle) t.log(name, 'reads', JSON.parse(JSON.stringify(object._handle)).reading === true);
  }
});

scenario('tools: a queue of large writes is not in the JSON', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  while (client.write(Buffer.alloc(1 << 20)));
  t.log('client', 'short', JSON.stringify(client).length < 10_000);
});

scenario('tools: a walk through all objects of a socket ends', async (net, t) => {
  const walk = (value, seen, trail) => {
    if (trail.length > 12) return;
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner === null || typeof inner !== 'object') continue;
      if (trail.includes(inner)) seen.add(key);
      else walk(inner, seen, [...trail, inner]);
    }
  };
  for (const [name, object] of await specimens(net, t)) {
    const circles = new Set();
    walk(object, circles, [object]);
    t.log(name, 'circles', [...circles].sort());
  }
});

scenario('tools: structuredClone() and v8.serialize() refuse', async (net, t) => {
  for (const [name, object] of await specimens(net, t)) {
    // Newer cores can transfer a server, for which they mark each; ours is a plain object without a handle.
    if (name === 'closed' || name === 'idle') continue;
    for (const [how, copy] of Object.entries({ structuredClone, serialize: v8.serialize })) {
      try {
        copy(object);
        t.log(name, how, 'copied');
      } catch (error) {
        t.log(name, how, error.name, error.code);
      }
    }
  }
});

scenario('tools: no property throws when it is read', async (net, t) => {
  const thrown = (object) => {
    const names = new Set();
    for (let at = object; at !== null; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    }
    return [...names].filter((name) => {
      try {
        void object[name];
        return false;
      } catch {
        return true;
      }
    });
  };
  for (const [name, object] of await specimens(net, t)) {
    t.log(name, 'throw', thrown(object));
    if (object._handle) t.log(name, 'of the handle', thrown(object._handle));
    const text = util.inspect(object, { getters: true, showHidden: true, depth: 4 });
    t.log(name, 'inspect', text.includes(`${object.constructor.name} {`), text.includes('<Inspection threw'));
  }
});

scenario('tools: active handles, requests and resources', async (net, t) => {
  const names = () => ({
    resources: process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|Connect|.*Write)/.test(name)),
    handles: process._getActiveHandles().map((handle) => handle.constructor.name),
    requests: process._getActiveRequests().map((request) => request.constructor.name),
  });
  // What the scenario before has left closes; the test runner has some too.
  await t.turns(1);
  const before = names();
  const show = (lane, event) => {
    for (const [list, all] of Object.entries(names())) {
      const left = [...before[list]];
      const added = all.filter((name) => !left.includes(name) || !left.splice(left.indexOf(name), 1));
      t.log(lane, event, list, added.sort());
    }
  };
  for (const place of ['tcp', 'pipe']) {
    const server = net.createServer({ allowHalfOpen: true });
    const where = place === 'tcp' ? { port: 0, host: '127.0.0.1' } : { path: t.path() };
    show(place, 'before');
    server.listen(where);
    await t.once(server, 'listening');
    show(place, 'listening');
    t.log(place, 'is ours', process._getActiveHandles().includes(server));
    server.unref();
    show(place, 'unref');
    server.ref();
    const client = t.track(net.connect(place === 'tcp' ? { ...server.address(), host: '127.0.0.1' } : where));
    await new Promise(process.nextTick);
    show(place, 'connecting');
    const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'connect')]);
    t.track(peer).pause();
    await t.turns(1);
    show(place, 'connected');
    client.unref();
    show(place, 'client unref');
    client.ref();
    while (client.write(Buffer.alloc(1 << 20)));
    show(place, 'writing');
    client.destroy();
    peer.destroy();
    server.close();
    show(place, 'closing');
    await Promise.all([t.once(client, 'close'), t.once(peer, 'close'), t.once(server, 'close')]);
    await t.turns(2);
    show(place, 'closed');
  }
});
