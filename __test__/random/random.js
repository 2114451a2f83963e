'use strict';

// Numbers that follow from a seed, the same on every machine.

class Random {
  constructor(seed) {
    this.state = (seed * 0x9e3779b1 + 0x85ebca6b) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** 32 bits (mulberry32). */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `end`, without `end`. */
  below(end) {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  between(first, last) {
    return first + this.below(last - first + 1);
  }

  chance(probability) {
    return this.next() / 2 ** 32 < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of the names, each as often as its weight says. */
  weighted(weights) {
    const names = Object.keys(weights);
    let at = this.below(names.reduce((sum, name) => sum + weights[name], 0));
    for (const name of names) {
      at -= weights[name];
      if (at < 0) return name;
    }
    throw new Error('unreachable');
  }
}

module.exports = { Random };
