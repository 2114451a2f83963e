'use strict';

// Two network namespaces with a wire between them (wire.c), made for this run and gone with it: this process is in the one
// (run.js has put it there), and holds the other by a process that waits for the end of this one.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { howToUnshare } = require('../helpers/capable.js');

const [NEAR, FAR] = ['10.213.0.1', '10.213.0.2'];
const DEVICES = { near: 'ox0', far: 'ox1' };

function sh(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? undefined : `${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`;
}

function must(command, ...args) {
  const problem = sh(command, args);
  if (problem) throw new Error(problem);
}

/** The arguments to `unshare` that give a namespace where there can be a wire, or the problem with it. */
function howToHaveWires() {
  if (sh('cc', ['--version'])) return { problem: 'there is no C compiler (cc)' };
  const { args, problem } = howToUnshare();
  if (problem) return { problem };
  const probe = ['ip', 'tuntap', 'add', 'dev', DEVICES.near, 'mode', 'tun'];
  return { args, problem: sh('unshare', [...args, ...probe]) };
}

class Namespaces {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-network-'));
    // Another program in its place, so that this is the process id that nsenter takes.
    this.holder = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }

  async start() {
    await new Promise((resolve) => this.holder.stdout.once('data', resolve));
    const pid = String(this.holder.pid);
    const program = path.join(this.folder, 'wire');
    must('cc', '-O2', '-Wall', '-Wextra', '-o', program, path.join(__dirname, 'wire.c'));
    this.wire = spawn(program, [DEVICES.near, DEVICES.far, pid], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.wire.stdout })[Symbol.asyncIterator]();
    if ((await this.answers.next()).done) throw new Error('there is no wire');
    must('ip', 'link', 'set', 'lo', 'up');
    must('ip', 'addr', 'add', `${NEAR}/24`, 'dev', DEVICES.near);
    must('ip', 'link', 'set', DEVICES.near, 'up');
    this.far('ip', 'link', 'set', 'lo', 'up');
    this.far('ip', 'addr', 'add', `${FAR}/24`, 'dev', DEVICES.far);
    this.far('ip', 'link', 'set', DEVICES.far, 'up');
    return this;
  }

  /** A command and its arguments as they run in the other namespace. */
  farArgs(...command) {
    return ['nsenter', '-t', String(this.holder.pid), '-n', ...command];
  }

  far(...command) {
    must(...this.farArgs(...command));
  }

  /** What becomes of packets, both ways: shares of them, and milliseconds. Nothing, if nothing is said. */
  async suffer({ loss = 0, delay = 0, jitter = 0, overtake = 0, twice = 0 } = {}) {
    const [lost, overtaking, doubled] = [loss, overtake, twice].map((share) => Math.round(share * 1e6));
    this.wire.stdin.write(`${lost} ${delay * 1000} ${jitter * 1000} ${overtaking} ${doubled}\n`);
    await this.answers.next();
  }

  /** The other end's device. */
  link(up) {
    this.far('ip', 'link', 'set', DEVICES.far, up ? 'up' : 'down');
  }

  /** A setting of TCP at this end, in this namespace. */
  set(name, value) {
    fs.writeFileSync(`/proc/sys/net/ipv4/${name}`, String(value));
  }

  stop() {
    this.wire.kill('SIGKILL');
    this.holder.kill('SIGKILL');
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { FAR, Namespaces, howToHaveWires };
