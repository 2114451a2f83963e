'use strict';

// What this instance counts in JS, as Rust does not hear of it; the rest is counted there (src/engine/stats.rs). They only grow.
module.exports = {
  /** Connections that were handed to a server's 'connection' listeners. */
  connections: 0,
  /** Connections that a server's limit turned away. */
  drops: 0,
  /** Connections that a server's `blockList` turned away. */
  blocked: 0,
};
