'use strict';

// Writes the pieces of a body, each when the plan says so, and ends it.

const { payload, scribble } = require('./payload.js');

class Writer {
  constructor(exchange, name, target, { pieces, endsWith, framing }, log) {
    Object.assign(this, { exchange, name, target, pieces, endsWith, log });
    /** The declared length, where there is one. */
    this.whole = framing === 'length' && name !== 'raw' ? exchange.sizeOf(pieces) : NaN;
    this.next = 0;
    /** What waits for 'drain'. */
    this.goOn = null;
    this.records = [];
    this.told = 0;
    (exchange.writers ??= []).push(this);
  }

  static make({ run, plan }, piece) {
    return payload(piece, run.key * 7_919 + plan.id * 997 + piece.id);
  }

  start() {
    const { exchange, target, pieces } = this;
    while (this.next < pieces.length) {
      if (target.destroyed || target.writableEnded) return;
      const piece = pieces[this.next++];
      const isLast = this.next === pieces.length;
      const made = Writer.make(exchange, piece);
      // The peer may have the whole message: what still follows is empty.
      const isSpare = this.log.length === this.whole;
      this.log.append(made.bytes);
      if (isLast && this.endsWith) return this.end(made);
      const again = target.write(made.chunk, made.encoding, this.callback(piece, made, isSpare));
      if (piece.wait === 'callback') return;
      if (piece.wait === 'drain' && !again) return this.startWhenDrained();
      if (piece.wait && piece.wait !== 'drain') return exchange.place(piece.wait, () => this.start());
    }
    if (!target.destroyed && !target.writableEnded) this.end();
  }

  /** Core says 'drain' to no request whose response is there whole. */
  startWhenDrained() {
    const { exchange, target, name } = this;
    const go = () => {
      if (this.goOn !== go) return;
      this.goOn = null;
      this.start();
    };
    this.goOn = go;
    target.once('drain', go);
    if (name === 'client') exchange.down.whenEnded(() => setImmediate(go));
  }

  end(made) {
    const { exchange, target, name } = this;
    const ended = (error) => {
      exchange.run.progress++;
      if (error) exchange.errorSeen(error, name);
      exchange.note(name, `ended${error ? ` ${error.code}` : ''}`);
    };
    if (made) target.end(made.chunk, made.encoding, ended);
    else target.end(ended);
  }

  callback(piece, made, isSpare) {
    const { exchange, name } = this;
    const record = { number: this.records.length, calls: 0, isSpare };
    this.records.push(record);
    return (error) => {
      exchange.run.progress++;
      record.calls++;
      if (error) exchange.errorSeen(error, name);
      else if (record.number < this.told)
        this.problem('order', `callback of piece ${record.number} after that of ${this.told}`);
      this.told = Math.max(this.told, record.number);
      if (!error && exchange.plan.scribble) scribble(made);
      if (piece.wait === 'callback') this.start();
      exchange.fire(`${name} written`);
    };
  }

  problem(kind, text) {
    this.exchange.problem(kind, `${this.name}: ${text}`);
  }

  check() {
    const { exchange, name } = this;
    const rough = exchange.run.program.rough;
    // A peer that has the whole message may close. Of what is written to a closed socket before 'close', core tells nobody.
    const isCut = exchange.seen[`${name} close`] && !exchange.seen[`${name} finish`];
    for (const { number, calls, isSpare } of this.records) {
      if (calls > 1) this.problem('callback', `of piece ${number} came ${calls} times`);
      else if (calls === 0 && !rough && !(isSpare && isCut))
        this.problem('callback', `of piece ${number} never came`);
    }
  }
}

module.exports = { Writer };
