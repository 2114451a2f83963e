'use strict';

/**
 * Once all `count` receivers are in the list: every turn of the event loop pushes to each of them, except to those that are
 * behind, as a careful broadcaster does.
 */
function pushToAll(receivers, count, { push, isBehind }) {
  const turn = () => {
    if (receivers.length === count) {
      for (const receiver of receivers) {
        if (!isBehind(receiver)) push(receiver);
      }
    }
    setImmediate(turn);
  };
  turn();
}

module.exports = { pushToAll };
