'use strict';

// Words that choose the files of __test__ to run elsewhere.
const words = (...lines) => lines.join(' ').split(' ');

/** All that is not about the packaging, the runners or the documents. */
const SOCKET_TESTS = words(
  'batch-send bound-socket bulk-read busy-poll errors- gather-many net-odd promises- server- socket- stress- /parity/',
  'process/before process/cluster process/emfile process/fake process/handover process/register process/stdio',
  'process/workers process/written features/',
);

/** Some of each kind, for an emulator takes seconds to start a Node, and most of the others start several. */
const QUICK_TESTS = words(
  'batch-send bound-socket- bulk-read busy-poll gather-many net-odd promises- server-listen-signal socket-',
  'stdio-socket workers stress-echo before-exit handover-server handover-detach',
  'parity/half-open parity/unix parity/reset parity/write',
  'features/connect-limits features/relay.test features/send-file.test features/server-closing features/stats',
);

module.exports = { SOCKET_TESTS, QUICK_TESTS };
