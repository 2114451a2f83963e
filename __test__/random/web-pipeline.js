'use strict';

// All requests of a program on one connection, written without waiting for answers and cut anywhere; the answers have to come in
// their order.

const { Random } = require('./random.js');
const { Writer } = require('./web-writer.js');

function requestOf(exchange) {
  const { plan } = exchange;
  const bodies = plan.request.pieces.map((piece) => Writer.make(exchange, piece).bytes);
  const body = Buffer.concat(bodies);
  exchange.up.log.append(body);
  exchange.begun = true;
  const isLast = exchange.run.exchanges.at(-1) === exchange;
  const head = [
    `${plan.method} /${plan.id} HTTP/1.1`,
    'Host: localhost',
    `X-Exchange: ${plan.id}`,
    `Content-Length: ${body.length}`,
    ...(isLast ? ['Connection: close'] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** Takes apart answers with a length, in order. */
class Answers {
  constructor(exchanges) {
    this.exchanges = [...exchanges];
    this.held = Buffer.alloc(0);
    this.left = 0;
  }

  take(chunk) {
    this.held = Buffer.concat([this.held, chunk]);
    while (this.held.length > 0) if (!(this.left > 0 ? this.body() : this.head())) return;
  }

  head() {
    const end = this.held.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.held.toString('latin1', 0, end);
    this.held = this.held.subarray(end + 4);
    this.current = this.exchanges.shift();
    const id = Number(/x-exchange: (\d+)/i.exec(head)?.[1]);
    if (id !== this.current?.plan.id) this.current?.problem('order', `answer ${id} in its place`);
    this.left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    return true;
  }

  body() {
    const part = this.held.subarray(0, this.left);
    this.held = this.held.subarray(part.length);
    this.left -= part.length;
    this.current.down.received(part);
    return true;
  }
}

function pipeline(run) {
  const random = new Random(run.key);
  const socket = run.dial();
  const answers = new Answers(run.exchanges);
  socket.on('data', (chunk) => answers.take(chunk));
  socket.on('error', (error) => run.problem('error', `pipeline: ${error.stack}`));
  socket.on('end', () => run.note('client', 'end'));
  socket.on('close', () => run.note('client', 'close'));
  const all = Buffer.concat(run.exchanges.map(requestOf));
  let at = 0;
  const write = () => {
    for (let turn = 0; at < all.length && turn < 20; turn++) {
      const size = random.pick([1, 10, 100, 1000, 60_000, 400_000]);
      socket.write(all.subarray(at, at + size));
      at += size;
      if (random.chance(0.3)) return setImmediate(write);
    }
    if (at < all.length) process.nextTick(write);
  };
  write();
}

module.exports = { pipeline };
