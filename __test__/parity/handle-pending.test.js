'use strict';

// What core's http agent asks a kept-alive connection before it uses it again, from Node 26 on.

const { binding } = require('../helpers/core-binding.js');
const { scenario } = require('./harness.js');

const core = 'hasPendingRead' in binding('tcp_wrap').TCP.prototype;

const expected = {
  peer: [
    'nothing came false',
    'a byte came true',
    'it is still there true',
    'data "x"',
    'it was read false',
    'the end came true',
    'closed false',
  ],
};

for (const path of [false, true]) {
  const name = `handle: hasPendingRead() of a ${path ? 'Unix' : 'TCP'} connection`;
  scenario(name, { core, expected }, async (net, t) => {
    const where = path ? { path: t.path() } : {};
    const { client, peer } = await t.pair(net, { ...where, server: { pauseOnConnect: true }, events: [] });
    const handle = peer._handle;
    const ask = (when) => t.log('peer', when, handle.hasPendingRead());
    ask('nothing came');
    await new Promise((resolve) => client.write('x', resolve));
    ask('a byte came');
    ask('it is still there');
    const came = t.once(peer, 'data');
    peer.resume();
    const [data] = await came;
    peer.pause();
    t.log('peer', 'data', String(data));
    ask('it was read');
    const finished = t.once(client, 'finish');
    client.end();
    await finished;
    ask('the end came');
    const closed = t.once(peer, 'close');
    peer.destroy();
    await closed;
    ask('closed');
  });
}
