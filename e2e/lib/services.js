'use strict';

// Redis and PostgreSQL as the scenarios need them, and memcached for the benchmark: started on free loopback ports, always
// stopped.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { setTimeout: delay } = require('node:timers/promises');
const { testCertificate } = require('./certs');
const { programs, serviceUser, which } = require('./programs');

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// What a service says that isn't waited for.
const NEVER = /(?!)/;

/** Resolves when somebody listens on a port. */
async function answering(port) {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    // 'error' makes it reject.
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await delay(20);
  }
}

/** One started server program. `setpriv` (util-linux) ends it even if we are killed before we can. */
class Service {
  constructor(name, user, { args, ready, program, stopSignal }) {
    this.name = name;
    this.log = '';
    this.stopSignal = stopSignal;
    const setpriv = which('setpriv');
    const [file, ...rest] = setpriv ? [setpriv, '--pdeathsig', 'KILL', program, ...args] : [program, ...args];
    const env = { PATH: process.env.PATH, LANG: 'C.UTF-8' };
    this.process = spawn(file, rest, { ...user, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((resolve) => this.process.once('close', resolve));
    this.started = new Promise((resolve, reject) => {
      const collect = (chunk) => {
        this.log += chunk;
        if (ready.test(this.log)) resolve();
      };
      this.process.stdout.on('data', collect);
      this.process.stderr.on('data', collect);
      this.process.once('error', reject);
      this.process.once('exit', () => reject(new Error(`${name} did not start:\n${this.log.slice(-2000)}`)));
    });
  }

  async stop(signal = this.stopSignal) {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    const force = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
    await this.exited;
    clearTimeout(force);
  }

  kill() {
    this.process.kill('SIGKILL');
  }
}

function ownedFolder(prefix, user) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  if (user.uid !== undefined) fs.chownSync(folder, user.uid, user.gid);
  // The scenario, another user, must reach the Unix sockets inside.
  fs.chmodSync(folder, 0o755);
  return folder;
}

function startRedis(folder, port, user) {
  const socket = path.join(folder, 'redis.sock');
  const options = {
    bind: '127.0.0.1',
    port: String(port),
    unixsocket: socket,
    unixsocketperm: '777',
    dir: folder,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
    'client-output-buffer-limit': 'pubsub 64mb 64mb 60',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, ...splitValue(name, value)]);
  const program = programs.redis.find();
  return new Service('redis', user, {
    program,
    args,
    ready: /ready to accept connections at/i,
    stopSignal: 'SIGTERM',
  });
}

function splitValue(name, value) {
  return name.startsWith('client-output') ? value.split(' ') : [value];
}

/** PostgreSQL takes a private key only from a file that is its own and nobody else's to read. */
function writeOwned(file, text, { uid, gid }) {
  fs.writeFileSync(file, text, { mode: 0o600 });
  if (uid !== undefined) fs.chownSync(file, uid, gid);
}

function startPostgres(folder, port, user) {
  const bin = path.dirname(fs.realpathSync(programs.postgres.find()));
  const data = path.join(folder, 'data');
  if (!fs.existsSync(data)) {
    const args = ['-D', data, '-U', 'oxinet', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(path.join(bin, 'initdb'), args, { ...user, cwd: folder, stdio: 'pipe', timeout: 60_000 });
    for (const [name, text] of Object.entries(testCertificate()))
      writeOwned(path.join(data, `server.${name}`), text, user);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    unix_socket_permissions: '0777',
    ssl: 'on',
    ssl_cert_file: 'server.cert',
    ssl_key_file: 'server.key',
    fsync: 'off',
    max_connections: 40,
    shared_buffers: '32MB',
  };
  const args = [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const program = path.join(bin, 'postgres');
  return new Service('postgres', user, {
    program,
    args,
    ready: /ready to accept connections/,
    stopSignal: 'SIGQUIT',
  });
}

function startMemcached(_folder, port, user) {
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0'];
  const program = programs.memcached.find();
  const service = new Service('memcached', user, { program, args, ready: NEVER, stopSignal: 'SIGTERM' });
  // It doesn't say when it is ready, unless it is told to write a line for each command too.
  service.started = Promise.race([service.started, answering(port)]);
  return service;
}

const starters = { memcached: startMemcached, redis: startRedis, postgres: startPostgres };

/** The services of one run. Redis is new for each scenario; PostgreSQL's data folder is made once. */
class Services {
  constructor() {
    this.running = new Map();
    this.folders = new Map();
    this.ports = new Map();
  }

  async handle({ service, action, options = {} }) {
    if (action === 'start') return this.start(service, options);
    if (action === 'stop' || action === 'kill')
      return this.stop(service, action === 'kill' ? 'SIGKILL' : undefined);
    throw new Error(`unknown action ${action}`);
  }

  /** Starts a service, or tells where it is. `samePort` brings a killed one back at its old address. */
  async start(name, { samePort = false }) {
    const user = serviceUser(name === 'postgres' ? 'postgres' : 'nobody');
    const folder = this.folders.get(name) ?? ownedFolder(`oxinet-e2e-${name}-`, user);
    this.folders.set(name, folder);
    if (!this.running.has(name)) {
      const port = samePort ? this.ports.get(name) : await freePort();
      this.ports.set(name, port);
      const service = starters[name](folder, port, user);
      this.running.set(name, service);
      await service.started;
    }
    const port = this.ports.get(name);
    return {
      host: '127.0.0.1',
      port,
      folder,
      path: path.join(folder, name === 'redis' ? 'redis.sock' : `.s.PGSQL.${port}`),
    };
  }

  async stop(name, signal) {
    const service = this.running.get(name);
    this.running.delete(name);
    await service?.stop(signal);
  }

  async stopAll() {
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
    this.removeFolders();
  }

  /** For an exit handler: nothing here may wait. */
  killAll() {
    for (const service of this.running.values()) service.kill();
    this.removeFolders();
  }

  removeFolders() {
    for (const folder of this.folders.values())
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    this.folders.clear();
  }
}

module.exports = { Services };
