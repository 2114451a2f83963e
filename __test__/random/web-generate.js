'use strict';

// A program of http from a seed.

const { Random } = require('./random.js');

const TYPES = ['buffer', 'pooled', 'subarray', 'uint8', 'string', 'string'];
const ENCODINGS = [undefined, 'utf8', 'latin1', 'hex', 'base64', 'utf16le'];
const WAITS = ['', '', '', 'tick', 'microtask', 'immediate', 'timer', 'callback', 'drain'];
const MOMENTS = [
  'start',
  'client finish',
  'client written',
  'client response',
  'client drain',
  'server request',
  'server written',
  'server finish',
  'request data',
  'request end',
  'response data',
  'response end',
];

class WebGenerator {
  constructor(seed) {
    this.random = new Random(seed ^ 0x3779);
    this.pieceIds = 0;
    this.budget = this.random.chance(0.1) ? 6e6 : 600_000;
  }

  program(seed) {
    const { random } = this;
    const mode = random.weighted({ gentle: 40, rough: 30, exact: 20, pipelined: 10 });
    Object.assign(this, {
      exact: mode === 'exact',
      rough: mode === 'rough',
      pipelined: mode === 'pipelined',
    });
    if (this.exact) this.budget = 4000;
    const count = random.pick(this.pipelined ? [2, 5, 20, 60] : [1, 1, 2, 3, 5, 12]);
    this.budget /= count;
    const exchanges = [];
    for (let id = 1; id <= count; id++) exchanges.push(this.exchange(id));
    return {
      seed,
      rough: this.rough,
      exact: this.exact,
      pipelined: this.pipelined,
      transport: random.pick(['tcp', 'unix']),
      keepAlive: random.chance(0.7),
      maxSockets: random.pick([1, 2, 100]),
      pairs: 1,
      client: this.options(),
      server: this.options(),
      exchanges,
    };
  }

  options() {
    const options = {};
    if (this.random.chance(0.3)) options.noDelay = true;
    if (this.random.chance(0.3)) options.highWaterMark = this.random.pick([1, 16, 1000, 100_000]);
    return options;
  }

  exchange(id) {
    const { random } = this;
    const plan = { id, via: random.pick(['', 'tick', 'immediate']), acts: [], scribble: random.chance(0.5) };
    if (id > 1 && (this.exact || random.chance(0.5))) {
      plan.after = this.exact ? id - 1 : random.between(1, id - 1);
      plan.moment = this.exact ? 'client close' : random.pick([...MOMENTS, 'client close']);
    }
    plan.method = random.weighted({ GET: 30, POST: 50, PUT: 10, HEAD: this.pipelined ? 0 : 8 });
    plan.upgrade = !this.pipelined && !this.exact && random.chance(0.08);
    const hasBody = !plan.upgrade && (plan.method === 'POST' || plan.method === 'PUT');
    plan.expect = hasBody && !this.pipelined && random.chance(0.1);
    plan.request = this.body(hasBody ? undefined : 0, this.readerOfServer());
    plan.response = {
      ...this.body(undefined, this.reader()),
      ...this.answer(),
      status: plan.upgrade ? 101 : 200,
    };
    if (plan.upgrade) Object.assign(plan, { method: 'GET' });
    if (this.rough) for (let i = random.between(1, 2); i > 0; i--) plan.acts.push(this.act());
    return plan;
  }

  answer() {
    const { random } = this;
    const begin = this.exact ? 'end' : random.pick(['', '', 'tick', 'immediate', 'timer', 'end', 'end']);
    return {
      begin,
      hints: !this.pipelined && random.chance(0.1),
      flush: random.chance(0.2),
      ...(this.pipelined ? { framing: 'length' } : {}),
    };
  }

  act() {
    const { random } = this;
    return {
      side: random.pick(['client', 'server']),
      do: random.pick(['destroy', 'destroy', 'reset', 'break', 'end', 'timeout']),
      at: random.pick(MOMENTS),
      via: random.pick(['', '', 'tick', 'immediate', 'timer']),
    };
  }

  body(count, reader) {
    const { random } = this;
    const many = count ?? random.pick(this.exact ? [0, 1, 2] : [0, 1, 1, 2, 5, 30]);
    const pieces = [];
    for (let i = 0; i < many; i++) pieces.push(this.piece());
    return { framing: random.pick(['length', 'chunked']), pieces, endsWith: random.chance(0.5), reader };
  }

  piece() {
    const { random } = this;
    const size = {
      none: () => 0,
      tiny: () => random.between(1, 100),
      small: () => random.between(100, 6000),
      edge: () => random.pick([16_384, 65_536, 131_072]) + random.between(-2, 2),
      large: () => random.between(6000, 600_000),
    }[random.weighted({ none: 3, tiny: 30, small: 30, edge: 15, large: 15 })]();
    const piece = { id: ++this.pieceIds, size: Math.max(0, Math.min(size, Math.floor(this.budget))) };
    this.budget -= piece.size;
    piece.type = random.pick(TYPES);
    if (piece.type === 'string') piece.encoding = random.pick(ENCODINGS);
    piece.wait = this.exact ? '' : random.pick(WAITS);
    return piece;
  }

  reader() {
    const { random } = this;
    if (this.exact) return { how: 'data' };
    const reader = { how: random.pick(['data', 'data', 'readable', 'pipe', 'iterate']) };
    if (random.chance(0.2)) reader.late = true;
    if (reader.how === 'readable') reader.step = random.pick([0, 1, 100, 5000]);
    if (reader.how === 'pipe')
      Object.assign(reader, { slow: random.chance(0.5), highWaterMark: random.pick([1, 1000, 1e6]) });
    return reader;
  }

  readerOfServer() {
    return !this.exact && this.random.chance(0.08) ? { how: 'ignore' } : this.reader();
  }
}

function generateWeb(seed) {
  return new WebGenerator(seed).program(seed);
}

module.exports = { generateWeb };
