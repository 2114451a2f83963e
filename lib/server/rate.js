'use strict';

// How often something may happen: a bucket of tokens, one an occasion, that fills steadily.
const { codes } = require('../base/errors.js');
const { now } = require('../base/timers.js');
const { validateNumber } = require('../base/validators.js');

class Rate {
  /** Throws unless `value` is a number or `{ perSecond, burst }`. */
  static check(value, name) {
    const isObject = typeof value === 'object' && value !== null;
    if (!isObject && typeof value !== 'number') {
      throw new codes.ERR_INVALID_ARG_TYPE(name, ['number', 'Object'], value);
    }
    const { perSecond, burst } = isObject ? value : { perSecond: value };
    const path = isObject ? `${name}.perSecond` : name;
    validateNumber(perSecond, path);
    if (!(perSecond > 0) || perSecond === Infinity) {
      throw new codes.ERR_OUT_OF_RANGE(path, '> 0 and finite', perSecond);
    }
    if (burst === undefined) return;
    validateNumber(burst, `${name}.burst`);
    if (!(burst >= 1) || burst === Infinity) {
      throw new codes.ERR_OUT_OF_RANGE(`${name}.burst`, '>= 1 and finite', burst);
    }
  }

  /** Without a burst it is what may happen in a second, and at least one. */
  constructor(value, clock = now) {
    const { perSecond, burst } = typeof value === 'number' ? { perSecond: value } : value;
    this.perMs = perSecond / 1000;
    this.most = burst ?? Math.max(1, perSecond);
    this.clock = clock;
    this.tokens = this.most;
    this.at = clock();
  }

  /** False: not yet. */
  take() {
    this.fill();
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Milliseconds until the next may happen; 0: now. */
  wait() {
    this.fill();
    return this.tokens >= 1 ? 0 : Math.ceil((1 - this.tokens) / this.perMs);
  }

  fill() {
    const time = this.clock();
    this.tokens = Math.min(this.most, this.tokens + (time - this.at) * this.perMs);
    this.at = time;
  }
}

module.exports = Rate;
