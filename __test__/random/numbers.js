'use strict';

// What net.stats() says of a run, beside what its sockets say of themselves: bytes, connections, and that all is closed in the end.

class Numbers {
  constructor(nets) {
    this.nets = nets;
    this.net = Object.values(nets).find(({ stats }) => stats !== undefined);
    this.before = this.net?.stats();
  }

  since(name) {
    return this.now[name] - this.before[name];
  }

  /** After a run that has ended by itself. */
  check(run) {
    if (this.net === undefined) return;
    this.now = this.net.stats();
    // A file whose socket is gone is closed when Node's threads are through with it.
    const shown = ({ sockets, listeners }) => ({ sockets: [sockets.tcp, sockets.unix], listeners });
    for (const kind of ['sockets', 'listeners']) {
      const [before, now] = [this.before, this.now].map((stats) => JSON.stringify(shown(stats)[kind]));
      if (before !== now) run.problem('numbers', `${kind}: ${before} before, ${now} after`);
    }
    // Over TLS core has the sockets.
    if (run.program.tls) return;
    const { client, server } = this.nets;
    const pairs = run.servers ?? [];
    const ours = pairs.flatMap((pair) => [
      ...(client === this.net ? [pair.client.socket] : []),
      ...(server === this.net ? [pair.accepted.socket] : []),
    ]);
    const sum = (field) => ours.reduce((total, socket) => total + (socket?.[field] ?? 0), 0);
    const read = sum('bytesRead');
    if (pairs.length > 0 && this.since('bytesRead') !== read)
      run.problem('numbers', `${this.since('bytesRead')} bytes were read, ${read} by the sockets`);
    // Those that waited when a socket was destroyed never left.
    const written = sum('bytesWritten');
    if (pairs.length > 0 && this.since('bytesWritten') > written)
      run.problem('numbers', `${this.since('bytesWritten')} bytes were written, ${written} to the sockets`);
  }
}

module.exports = { Numbers };
