'use strict';

// One line on stderr that says how far a run is; on a terminal it is written over, elsewhere once a case.

class Progress {
  constructor(total, stream = process.stderr) {
    this.total = total;
    this.done = 0;
    this.started = Date.now();
    this.stream = stream;
  }

  /** A round is over, of so many samples. */
  round(benchCase, round, samples) {
    this.done += samples;
    if (!this.stream.isTTY) return;
    this.stream.write(`\r\u001b[K${this.state()} ${benchCase.name}, round ${round + 1}`);
  }

  endOfCase(text) {
    const lead = this.stream.isTTY ? '\r\u001b[K' : '';
    this.stream.write(`${lead}${this.state()} ${text}\n`);
  }

  state() {
    const elapsed = (Date.now() - this.started) / 1000;
    const left = (elapsed / this.done) * (this.total - this.done);
    const share = Math.floor((100 * this.done) / this.total);
    return `[${String(share).padStart(3)} %, ${clock(elapsed)}, about ${clock(left)} left]`;
  }
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

module.exports = { Progress };
