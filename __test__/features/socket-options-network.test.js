'use strict';

// Socket options that show in what happens on the network: a peer that is silent, Multipath TCP, and in a network namespace
// of the test's own TCP Fast Open and interfaces.

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { capableTest, howToUnshare } = require('../helpers/capable.js');
const { root } = require('../helpers/fork.js');
const { VANISHING, kernelOptions, whyNoKernel } = require('../helpers/kernel.js');
const { connectedPair } = require('../helpers/pair.js');
const { runPython } = require('../helpers/python.js');

const skip = whyNoKernel();

const needsFilter = { skip, timeout: 40_000, needs: 'dropPackets' };

capableTest('userTimeout ends a connection whose peer has vanished', needsFilter, async (t) => {
  const { line } = runPython(t, VANISHING);
  const client = net.connect({ port: Number(await line()), host: '127.0.0.1', userTimeout: 300 });
  t.after(() => client.destroy());
  await once(client, 'connect');
  assert.strictEqual(await line(), 'vanished');
  client.write('is anybody there?');
  // The system's own patience is a quarter of an hour.
  const [error] = await once(client, 'error');
  assert.deepStrictEqual([error.code, error.syscall], ['ETIMEDOUT', 'read']);
});

/** Why there is no Multipath TCP here, as python sees it. */
function whyNoMptcp() {
  if (skip) return skip;
  const ask = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)';
  return spawnSync('python3', ['-c', ask]).status === 0 ? false : 'this kernel has no Multipath TCP';
}

const MPTCP = 262;

test('mptcp: where both ends speak it, and where one does', { skip: whyNoMptcp() }, async (t) => {
  const protocol = (socket) => kernelOptions(socket.fd, ['protocol']).protocol;
  const both = await connectedPair(t, net, {
    serverOptions: { mptcp: true },
    clientOptions: { mptcp: true },
  });
  for (const socket of [both.client, both.peer]) {
    assert.deepStrictEqual([socket.getOption('mptcp'), protocol(socket)], [true, MPTCP]);
  }
  // Not a byte is lost, nor left lying.
  const body = Buffer.alloc(3_000_000, 'mptcp');
  both.client.end(body);
  let length = 0;
  both.peer.on('data', (chunk) => {
    assert.ok(chunk.equals(body.subarray(length, length + chunk.length)));
    length += chunk.length;
  });
  await once(both.peer, 'end');
  assert.strictEqual(length, body.length);

  const plain = await connectedPair(t, net, { clientOptions: { mptcp: true } });
  assert.deepStrictEqual([plain.client.getOption('mptcp'), protocol(plain.client)], [false, MPTCP]);
  assert.deepStrictEqual([plain.peer.getOption('mptcp'), protocol(plain.peer)], [false, 6]);
  const other = await connectedPair(t, net, { serverOptions: { mptcp: true } });
  assert.strictEqual(other.server.getOption('mptcp'), true);
  assert.deepStrictEqual([other.peer.getOption('mptcp'), other.client.getOption('mptcp')], [false, false]);
});

function skipped(t, reason) {
  t.skip(`no network namespace like that here: ${reason}`);
  return null;
}

/** Runs shell commands and then a program in a network namespace that goes with it. */
function inNamespace(t, setUp, source) {
  const { args, problem } = howToUnshare();
  if (problem) return skipped(t, problem);
  const program = `ip link set lo up && ${setUp} && exec "$0" -e "$1"`;
  const command = [...args, 'sh', '-c', program, process.execPath, source];
  const run = spawnSync('unshare', command, { cwd: root, encoding: 'utf8' });
  if (run.error || /^(unshare|ip|sh|RTNETLINK)/m.test(run.stderr)) {
    return skipped(t, run.error?.message ?? run.stderr.trim());
  }
  assert.deepStrictEqual([run.status, run.stderr], [0, '']);
  return JSON.parse(run.stdout);
}

test('fastOpen: the second connection brings its first bytes with the SYN', { skip }, (t) => {
  const told = inNamespace(
    t,
    'echo 3 > /proc/sys/net/ipv4/tcp_fastopen',
    `
    const net = require('.');
    const fs = require('fs');
    const told = [];
    let port;
    const counters = () => {
      const [names, values] = fs.readFileSync('/proc/net/netstat', 'utf8').split('\\n').map((line) => line.split(' '));
      return Object.fromEntries(names.map((name, i) => [name, Number(values[i])]));
    };
    const server = net.createServer({ fastOpen: 16 }, (socket) => socket.on('data', (data) => socket.end('re: ' + data)));
    const ask = (text, done) => {
      const client = net.connect({ port: server.address().port, host: '127.0.0.1', fastOpen: true });
      client.on('connect', () => client.write(text));
      client.on('data', (data) => {
        const { TCPFastOpenActive, TCPFastOpenPassive } = counters();
        told.push([String(data), client.tcpInfo().fastOpenData, TCPFastOpenActive, TCPFastOpenPassive]);
      });
      client.on('close', done);
    };
    server.listen(0, '127.0.0.1', () => ask('one', () => ask('two', () => {
      server.close();
      // Nobody listens any more: that shows after the first write.
      const late = net.connect({ port, host: '127.0.0.1', fastOpen: true });
      late.on('error', ({ code }) => { told.push(code); console.log(JSON.stringify(told)); });
      late.write('three');
    })));
    server.on('listening', () => ({ port } = server.address()));
    `,
  );
  if (told === null) return;
  assert.deepStrictEqual(told, [['re: one', false, 0, 0], ['re: two', true, 1, 1], 'ECONNREFUSED']);
});

test('bindToDevice: two listeners on one port, each with an interface', { skip }, (t) => {
  const told = inNamespace(
    t,
    'ip link add ox0 type veth peer name ox1 && ip addr add 10.9.0.1/24 dev ox0 && ip link set ox0 up && ip link set ox1 up',
    `
    const net = require('.');
    const { execFileSync } = require('child_process');
    const first = net.createServer({ bindToDevice: 'lo' }, (socket) => socket.end('by lo'));
    first.listen(0, '0.0.0.0', () => {
      const { port } = first.address();
      const second = net.createServer((socket) => socket.end('by ox0'));
      second.listen({ port, host: '0.0.0.0', bindToDevice: 'ox0' }, () => {
        const listening = execFileSync('ss', ['-tlnH'], { encoding: 'utf8' }).split('\\n').filter(Boolean);
        const devices = listening.map((line) => /%(\\S+):/.exec(line)?.[1]).sort();
        net.connect({ port, host: '127.0.0.1' }).on('data', (data) => {
          console.log(JSON.stringify([devices, String(data)]));
          first.close();
          second.close();
        });
      });
    });
    `,
  );
  if (told === null) return;
  assert.deepStrictEqual(told, [['lo', 'ox0'], 'by lo']);
});

test('freebind and transparent: an address that the machine does not have', { skip }, (t) => {
  const told = inNamespace(
    t,
    'true',
    `
    const net = require('.');
    const told = [];
    const listen = (options, next) => {
      const server = net.createServer(options);
      server.on('error', ({ code }) => { told.push(code); next(); });
      server.listen(0, '192.0.2.7', () => { told.push(server.address().address); server.close(next); });
    };
    listen({}, () => listen({ freebind: true }, () => listen({ transparent: true }, () => console.log(JSON.stringify(told)))));
    `,
  );
  if (told === null) return;
  assert.deepStrictEqual(told, ['EADDRNOTAVAIL', '192.0.2.7', '192.0.2.7']);
});
