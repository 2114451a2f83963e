'use strict';

// A program from a seed: which operations each end does, and when.

const { REFUSED } = require('./operations.js');
const { BYTE_TYPES, ODD_ENCODINGS } = require('./payload.js');
const { Random } = require('./random.js');
const { generateWeb } = require('./web-generate.js');

const TEXT_ENCODINGS = [undefined, 'utf8', 'UTF-8', 'utf-8'];
const ENCODINGS = [
  ...TEXT_ENCODINGS,
  ...['latin1', 'binary', 'ascii', 'hex', 'base64', 'base64url', 'ucs2', 'utf16le', 'UTF-16LE', 'HEX'],
];
const READ_ENCODINGS = ['latin1', 'hex', 'base64', 'base64url', 'ascii', 'utf16le'];
const EDGES = [4096, 8192, 16_384, 65_536, 131_072, 262_144];

/** For an echo whose own write has failed, and which so reads no more: less than what would be taken for a hang. */
const PATIENCE_MS = 5;

class Generator {
  constructor(seed) {
    this.random = new Random(seed);
    this.ids = 0;
    /** Bytes that the program may still send, so that no seed takes long. */
    this.budget = this.random.chance(0.06) ? 12e6 : 1.5e6;
  }

  program(seed) {
    const { random } = this;
    const mode = random.weighted({ gentle: 45, rough: 35, exact: 20 });
    const program = {
      seed,
      // Destroys, resets, writes after the end: not all bytes have to arrive.
      rough: mode === 'rough',
      // So little happens that each end has to show just what core's shows.
      exact: mode === 'exact',
      transport: random.pick(['tcp', 'unix']),
      pairs: mode === 'exact' || random.chance(0.85) ? 1 : random.between(2, 4),
    };
    this.rough = program.rough;
    this.exact = program.exact;
    if (this.exact) this.budget = 2000;
    this.budget /= program.pairs;
    this.text = random.chance(0.1);
    program.client = this.end('client');
    program.server = this.end('server');
    // What connects only when an address has refused finds a server gone that the others still found.
    const closes = [program.client, program.server].some(({ ops }) =>
      ops.some((op) => op.do === 'closeServer'),
    );
    if (closes && program.client.dial === 'parallel') program.client.dial = '';
    // A server that looks whether a proxy has something to say serves those that say nothing of the kind just the same.
    // Through it data may be there before the reader: a late one may lose what resume() lets pass.
    if (!this.exact && random.chance(0.15) && !program.server.reader.late) program.server.gate = true;
    if (!this.exact && program.transport === 'unix') this.alongs(program);
    return program;
  }

  /** Descriptors go along with some writes; who wants none does not get them. */
  alongs({ client, server }) {
    const { random } = this;
    for (const { options, ops } of [client, server]) {
      if (random.chance(0.5)) options.receiveFds = true;
      for (const op of ops)
        if (op.do === 'write' && op.size > 0 && random.chance(0.25)) op.along = random.pick([1, 2, 20]);
    }
  }

  end(side) {
    const { random } = this;
    const options = { allowHalfOpen: random.chance(0.5) };
    if (random.chance(0.3) && !this.exact) options.highWaterMark = random.pick([1, 16, 1000, 4096, 100_000]);
    if (random.chance(0.3)) options.noDelay = true;
    if (random.chance(0.1)) Object.assign(options, { keepAlive: true, keepAliveInitialDelay: 1000 });
    if (side === 'server' && random.chance(0.2)) options.pauseOnConnect = true;
    const reader = this.reader();
    const plan = { options, reader, scribble: random.chance(0.7), ops: [] };
    if (!this.exact && random.chance(0.2)) options.drainOnError = PATIENCE_MS;
    if (side === 'client') this.dialling(plan);
    if (!['echo', 'onread'].includes(reader.how) && random.chance(0.15))
      plan.encoding = this.text ? 'utf8' : random.pick(READ_ENCODINGS);
    if (reader.how === 'echo') plan.ops = this.quietOps(side);
    else plan.ops = this.ops(side);
    // What a source still has would be written after the end.
    if (plan.ops.some((op) => op.do === 'pipeFrom') && !this.rough) options.allowHalfOpen = true;
    if (plan.abortable && random.chance(0.7))
      plan.ops.push(this.op('abort', { at: this.moment(side), via: this.place() }));
    if (options.pauseOnConnect) plan.ops.unshift(this.op('resume', { at: 'start', via: this.place() }));
    return plan;
  }

  /** How a client comes to its connection. */
  dialling(plan) {
    const { random } = this;
    const { options } = plan;
    plan.dial = random.pick(['', '', 'name', 'new', 'local']);
    if (this.rough && random.chance(0.15)) plan.abortable = true;
    if (this.exact) return;
    if (random.chance(0.15)) plan.dial = 'parallel';
    if (random.chance(0.2)) options.connectTimeout = 100_000;
    if (random.chance(0.2)) options.timeout = random.pick([1, 10_000]);
    if (options.highWaterMark === undefined && random.chance(0.1))
      options[random.pick(['writableHighWaterMark', 'readableHighWaterMark'])] = random.pick([1, 100, 5000]);
    if (plan.reader.how === 'echo' || random.chance(0.9)) return;
    const size = random.pick([10, 1000, 65_536]);
    // So many calls would take a large program too long.
    if (size === 10) this.budget = Math.min(this.budget, 50_000);
    plan.reader = { how: 'onread', size, stops: random.chance(0.3), fresh: random.chance(0.5) };
  }

  reader() {
    const { random } = this;
    // Two echoes would never end.
    const echo = this.echoes ? 0 : 12;
    if (this.exact) return { how: 'data' };
    const how = random.weighted({ data: 50, readable: 15, pipe: 12, echo, iterate: this.rough ? 5 : 0 });
    this.echoes ||= how === 'echo';
    const reader = { how };
    if (random.chance(0.2)) reader.late = true;
    if (how === 'readable') reader.step = random.pick([0, 0, 1, 7, 100, 5000, 100_000]);
    if (how === 'pipe')
      Object.assign(reader, {
        slow: random.chance(0.5),
        highWaterMark: random.pick([1, 1000, 16_384, 1e6]),
      });
    return reader;
  }

  place() {
    if (this.exact) return this.random.pick(['', '', 'tick', 'microtask']);
    return this.random.pick(['', '', '', '', 'tick', 'microtask', 'immediate', 'timer']);
  }

  op(name, fields) {
    return { id: ++this.ids, do: name, ...fields };
  }

  /** An end that only answers still pauses and looks at itself. */
  quietOps(side) {
    const ops = [];
    if (this.random.chance(0.3)) ops.push(this.small(side));
    if (this.rough && this.random.chance(0.5)) ops.push(this.roughOp(side));
    return ops.flat();
  }

  ops(side) {
    const { random } = this;
    const ops = [];
    const count = this.exact
      ? random.between(0, 3)
      : random.weighted({ 1: 10, 2: 10, 3: 15, 5: 15, 8: 10, 12: 5 });
    for (let i = 0; i < count; i++) ops.push(this.any(side, ops));
    if (this.rough) ops.push(this.roughOp(side));
    const piped = ops.some((op) => op.do === 'pipeFrom');
    if (random.chance(0.8) && (this.rough || !piped)) ops.push(this.ending(side, ops));
    return ops.flat();
  }

  any(side, before) {
    if (this.exact) return this.random.chance(0.7) ? this.writing('write', side, before) : this.small(side);
    const pipeFrom = this.rough || !before.some((op) => op.do === 'pipeFrom') ? 6 : 0;
    const weights = { write: 40, burst: 15, corked: 10, pump: 6, pipeFrom, small: 25, sendFile: 5 };
    const kind = this.random.weighted(weights);
    return kind === 'small' ? this.small(side) : this.writing(kind, side, before);
  }

  /** The moment at which an operation runs. */
  moment(side, before = []) {
    const { random } = this;
    const written = before.flat().filter((op) => op.callback !== false && op.size !== undefined);
    const at = random.weighted({
      start: 30,
      connect: 15,
      data: 25,
      written: 20,
      end: 4,
      finish: 1,
      drain: 5,
    });
    if (at === 'data' && this.exact) return 'data 1';
    if (at === 'connect' && side === 'client' && random.chance(0.3)) return 'ready';
    if (at === 'data') return `data ${random.pick([1, 1, 1, 100, 5000, 65_536, 1e6])}`;
    if (at === 'written') return written.length > 0 ? `written ${random.pick(written).id}` : 'start';
    return at === 'connect' && side === 'server' ? 'start' : at;
  }

  writing(kind, side, before) {
    const { random } = this;
    const fields = { at: this.moment(side, before), via: this.place() };
    if (random.chance(0.15) && !this.exact)
      Object.assign(fields, { at: 'data', times: random.between(1, 200) });
    const payload = this.payload();
    if (kind === 'sendFile') Object.assign(payload, { type: 'buffer', size: Math.max(1, payload.size) });
    else if (kind !== 'write') {
      const most = kind === 'burst' || kind === 'corked' ? random.pick([3, 20, 300, 3000]) : 200;
      fields.count = Math.max(2, Math.min(most, Math.floor(this.budget / 3 / Math.max(payload.size, 50))));
      if (fields.times) fields.times = Math.min(fields.times, 3);
      payload.size = Math.min(payload.size, 600_000);
    }
    this.budget -= payload.size * (fields.count ?? 1) * Math.min(fields.times ?? 1, 10);
    if (kind === 'corked') fields.uncork = random.pick(['now', 'tick', 'immediate']);
    if (kind === 'pipeFrom')
      Object.assign(fields, {
        highWaterMark: random.pick([1, 16_384, 1e6]),
        last: !this.rough || random.chance(0.5),
        callback: false,
        count: Math.min(fields.count, 100),
      });
    if (random.chance(0.2) || kind === 'sendFile') fields.callback = false;
    if (kind === 'pipeFrom')
      Object.assign(payload, { size: payload.size + 1, type: this.text ? 'string' : 'buffer' });
    if (kind === 'pipeFrom' || kind === 'sendFile') delete payload.odd;
    if (kind === 'sendFile') delete payload.encoding;
    return this.op(kind, { ...fields, ...payload });
  }

  payload() {
    const { random } = this;
    const type = this.text || random.chance(0.35) ? 'string' : random.pick(['buffer', ...BYTE_TYPES]);
    const payload = { size: this.size(), type };
    if (type !== 'string') return payload;
    payload.encoding = random.pick(this.text ? TEXT_ENCODINGS : ENCODINGS);
    if (!this.text && ODD_ENCODINGS.includes(payload.encoding) && random.chance(0.3)) payload.odd = true;
    return payload;
  }

  size() {
    const { random, budget } = this;
    const how = random.weighted({ tiny: 30, small: 30, edge: 15, large: 15, huge: 6, none: 4 });
    const size = {
      none: () => 0,
      tiny: () => random.between(1, 100),
      small: () => random.between(100, 6000),
      edge: () => random.pick(EDGES) + random.between(-2, 2),
      large: () => random.between(6000, 400_000),
      huge: () => random.between(400_000, 6e6),
    }[how]();
    return Math.max(0, Math.min(size, Math.floor(budget)));
  }

  small(side) {
    const { random } = this;
    const at = this.moment(side);
    const via = this.place();
    const name = random.pick([
      'pause',
      'pause',
      'read',
      'noDelay',
      'keepAlive',
      'timeout',
      'unref',
      'look',
      'refused',
      'count',
      'closeServer',
      'defaultEncoding',
    ]);
    if (name === 'closeServer' && (side === 'client' || this.exact)) return this.op('look', { at, via });
    if (name === 'defaultEncoding')
      return this.op(name, {
        at,
        via,
        encoding: random.pick(this.text ? ['utf8'] : ['latin1', 'utf8', 'utf16le']),
      });
    if (name === 'pause')
      return [this.op('pause', { at, via }), this.op('resume', { at: this.moment(side), via: this.place() })];
    if (name === 'unref')
      return [this.op('unref', { at, via }), this.op('ref', { at: this.moment(side), via: '' })];
    if (name === 'read') return this.op('read', { at, via, size: random.pick([0, 1, 100, 70_000]) });
    if (name === 'timeout') return this.timeout(side, at, via);
    if (name === 'refused') return this.op('refused', { at, via, what: random.pick(REFUSED) });
    return this.op(name, { at, via, on: random.chance(0.7) });
  }

  timeout(side, at, via) {
    const { random } = this;
    const ms = random.pick([0, 1, 1, 10_000]);
    const ops = [this.op('timeout', { at, via, ms })];
    if (ms !== 1 || this.exact || random.chance(0.4)) return ops;
    const then = random.pick(['write', 'pause', 'timeout', this.rough ? 'destroy' : 'look']);
    const op = this.op(then, { at: 'timeout', via: this.place() });
    if (then === 'write') Object.assign(op, this.payload());
    if (then === 'timeout') op.ms = 0;
    ops.push(op);
    if (then === 'pause') ops.push(this.op('resume', { at: this.moment(side), via: this.place() }));
    return ops;
  }

  roughOp(side) {
    const { random } = this;
    const name = random.pick(['destroy', 'destroy', 'reset', 'destroySoon', 'end', 'write']);
    const at = random.chance(0.2) ? random.pick(['close', 'end', 'finish', 'error']) : this.moment(side);
    const op = this.op(name, { at, via: this.place() });
    if (name === 'destroy' && random.chance(0.3)) op.error = true;
    if (name === 'write') Object.assign(op, this.payload());
    return op;
  }

  ending(side, before) {
    const op = this.op('end', { at: this.moment(side, before), via: this.place() });
    if (this.random.chance(0.4)) Object.assign(op, this.payload());
    if (this.random.chance(0.3)) op.callback = false;
    return op;
  }
}

/** Of sockets, of TLS over them, or of http over them. */
function generate(seed) {
  const kind = new Random(seed ^ 0x51ab).weighted({ sockets: 70, tls: 14, http: 16 });
  if (kind === 'http') return generateWeb(seed);
  const program = new Generator(seed).program(seed);
  if (kind === 'sockets') return program;
  program.tls = true;
  if (program.client.reader.how === 'onread') program.client.reader = { how: 'data' };
  return program;
}

module.exports = { generate };
