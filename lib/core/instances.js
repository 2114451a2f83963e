'use strict';

// What core makes is a net.Socket or net.Server for programs whose `net` is oxinet: TLS sockets, http servers, standard
// streams. Subclasses of ours answer for their own instances only.

/** Makes `x instanceof Ours` true for instances of core's class too. */
function acceptCoreInstances(Ours, Core) {
  const isOwn = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(Ours, Symbol.hasInstance, {
    value(object) {
      return isOwn.call(this, object) || (this === Ours && object instanceof Core);
    },
    configurable: true,
  });
}

module.exports = { acceptCoreInstances };
