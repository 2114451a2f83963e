'use strict';

// Node's permission model takes process.binding() away, through which core's handles are spoken to. What needs them works
// without: agents of http that keep connections, what a program puts at `handle.onread`, handles of core's.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..', '..');
const known = (flag) => process.allowedNodeEnvironmentFlags.has(flag);
const MODEL = [
  known('--permission') ? '--permission' : '--experimental-permission',
  ...['--allow-fs-read=*', '--allow-addons', '--allow-net'].filter((flag) => known(flag.split('=')[0])),
];
const skip = known('--allow-addons') ? false : `the permission model of ${process.version} has no add-ons`;

function run(program, options = []) {
  const args = ['--no-warnings', ...MODEL, ...options, '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT });
  assert.strictEqual(stderr, '');
  return stdout;
}

/** What a program prints over core and over oxinet: the same. */
function same(program, options) {
  const core = run(`const net = require('node:net');${program}`);
  assert.strictEqual(run(`const net = require(${JSON.stringify(ROOT)});${program}`, options), core);
  return core;
}

test('the model takes process.binding() away', { skip }, () => {
  const program = "try { process.binding('stream_wrap'); } catch (error) { console.log(error.code); }";
  assert.strictEqual(run(program), 'ERR_ACCESS_DENIED\n');
});

const AGENT = `const http = require('node:http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let connections = 0;
const server = http.createServer((request, response) => response.end(request.url));
server.on('connection', () => connections++);
const get = (url, done) => http.get({ port: server.address().port, path: url, agent }, (response) => {
  response.on('data', (data) => console.log(String(data)));
  response.on('end', () => setImmediate(done));
});
server.listen(0, '127.0.0.1', () => get('/a', () => get('/b', () => get('/c', () => {
  console.log(connections);
  FINISH
}))));`;

test("http's agent uses a connection again", { skip }, () => {
  const program = AGENT.replace('FINISH', 'agent.destroy(); server.close();');
  const options = ['--require', path.join(ROOT, 'register.js')];
  assert.strictEqual(same(program, options), '/a\n/b\n/c\n1\n');
});

test('a connection that an agent keeps ends', { skip }, () => {
  const finish = `const [[socket]] = Object.values(agent.freeSockets);
    socket.on('close', () => { console.log('closed', Object.keys(agent.freeSockets).length); server.close(); });
    server.closeAllConnections();`;
  const options = ['--require', path.join(ROOT, 'register.js')];
  assert.match(same(AGENT.replace('FINISH', finish), options), /closed 0\n$/);
});

test('a function around onread sees each read', { skip }, () => {
  const program = `
    const server = net.createServer((peer) => {
      const { onread } = peer._handle;
      peer._handle.onread = function (...args) {
        console.log('read', args[0] && args[0].byteLength);
        return Reflect.apply(onread, this, args);
      };
      peer.on('data', (data) => console.log(String(data)));
      peer.on('end', () => { console.log('end'); server.close(); });
    });
    server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').end('hello'));`;
  assert.match(same(program), /read 5\nhello\nread/);
});

test("a socket takes a handle of core's", { skip }, () => {
  const program = `
    const core = require('node:net');
    const server = core.createServer((peer) => {
      const handle = peer._handle;
      peer._handle = null;
      const socket = new net.Socket({ handle, readable: true, writable: true });
      socket.on('data', (data) => socket.end('got ' + data));
      socket.on('close', (failed) => { console.log('closed', failed); server.close(); });
    });
    server.listen(0, '127.0.0.1', () => {
      const client = core.connect(server.address().port, '127.0.0.1');
      client.on('data', (data) => console.log(String(data))).write('hello');
    });`;
  assert.strictEqual(same(program), 'got hello\nclosed false\n');
});

test('without threads, only require() is answered on Nodes that import by one', { skip }, () => {
  const program = "console.log(require('node:net') === require('./index.js'));";
  assert.strictEqual(run(program, ['--require', './register.js']), 'true\n');
});

test('handles say their type', { skip }, () => {
  const program = `const server = net.createServer().listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => {
      console.log(socket._handle.getProviderType(), server._handle.getProviderType());
      socket.destroy();
      server.close();
    });
  });`;
  assert.match(same(program), /^\d+ \d+\n$/);
});
