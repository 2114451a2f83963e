'use strict';

// The headers that nginx writes (ngx_stream_proxy_module; version 1 is all that it has).

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const net = require('../..');
const { missing, startProxy } = require('./start.js');

const skip = missing('nginx', ['-v']);

/** Debian has the module for streams in a file of its own, beside the program or where it was unpacked. */
function loadModule() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const program = folders.map((folder) => path.join(folder, 'nginx')).find((file) => fs.existsSync(file));
  const file = path.resolve(program, '..', '..', 'lib', 'nginx', 'modules', 'ngx_stream_module.so');
  return fs.existsSync(file) ? `load_module ${file};` : '';
}

for (const kind of ['tcp', 'unix']) {
  test(`over ${kind}`, { skip }, async (t) => {
    const server = net.createServer({ proxyProtocol: 'require' }, (socket) => socket.pipe(socket));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'oxinet-'));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const where = kind === 'tcp' ? { port: 0, host: '127.0.0.1' } : { path: path.join(folder, 'service') };
    await once(server.listen(where), 'listening');
    const target = kind === 'tcp' ? `127.0.0.1:${server.address().port}` : `unix:${where.path}`;
    const front = path.join(folder, 'front');
    const text = `
      ${loadModule()}
      daemon off;
      master_process off;
      pid ${folder}/pid;
      error_log stderr;
      events {}
      stream {
        server {
          listen unix:${front};
          proxy_pass ${target};
          proxy_protocol on;
        }
        server {
          listen 127.0.0.1:PORT;
          proxy_pass ${target};
          proxy_protocol on;
        }
      }`;
    const port = await freePort();
    const args = (file, prefix) => ['-p', prefix, '-e', 'stderr', '-c', file];
    const proxy = await startProxy(t, 'nginx', args, text.replace('PORT', port));
    const socket = await dial(proxy, port);
    const [[accepted]] = await Promise.all([
      once(server, 'connection'),
      Promise.resolve(socket.write('there ')),
    ]);
    assert.deepStrictEqual([accepted.remoteAddress, accepted.remotePort], ['127.0.0.1', socket.localPort]);
    assert.deepStrictEqual([accepted.proxy.version, accepted.proxy.destination.port], [1, port]);
    socket.write('and back');
    let echo = '';
    // nginx ends both directions with one of them.
    for await (const chunk of socket) if ((echo += chunk) === 'there and back') break;
    // Who comes by a path has no address, which the header says so.
    const local = net.connect(front);
    const [unknown] = await once(server, 'connection');
    assert.deepStrictEqual([unknown.proxy.command, unknown.proxy.source], ['LOCAL', undefined]);
    local.destroy();
  });
}

/** nginx takes no descriptor from us. */
async function freePort() {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = bound.address();
  bound.close();
  return port;
}

async function dial({ alive, output }, port) {
  for (;;) {
    if (!alive()) throw new Error(`nginx has ended:\n${output()}`);
    const socket = net.connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (connected) return socket;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
