'use strict';

// Core's http servers listen, and its agents dial, with the installed net. What they do with a connection stays core's.
//
// Servers: `http.Server.prototype` inherits from the installed net's Server, as it inherits from core's otherwise, and that
// from core's, as http's constructor calls core's, which looks for itself in the chain. This is safe as both keep the same
// things in the same fields of a server (`_handle`, `_connections`, `allowHalfOpen`, ...), and a listener has the methods of core's:
// what http calls of core's net by name (`close()`) finds what it expects, and so do servers that listened before, or that
// outlive uninstall(). Methods that a program replaces on net.Server.prototype are http's too, as in core.
//
// Agents: they take `createConnection` from their prototype. Those of https have one of their own.
const core = require('node:net');
const { EventEmitter } = require('node:events');
const process = require('node:process');

const { getPrototypeOf, setPrototypeOf } = Object;

/** Newer agents may dial through a proxy of the environment, by core's means. */
function hasProxy(agent) {
  return Object.getOwnPropertySymbols(agent).some(
    (symbol) => symbol.description === 'kProxyConfig' && Boolean(agent[symbol]),
  );
}

/** Stands in for the installed net's Server until a server is to listen, so that nothing is loaded before. */
function createStandIn(link) {
  return Object.create(core.Server.prototype, {
    listen: {
      get() {
        return link().listen;
      },
      set(value) {
        Object.defineProperty(this, 'listen', {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        });
      },
      configurable: true,
      enumerable: true,
    },
  });
}

function createServers(http, getNet) {
  /** What http.Server.prototype inherits from by us, and the installed net's prototype if that is it. */
  let parent = null;
  let linked = null;
  const isOurs = () => parent !== null && getPrototypeOf(http.Server.prototype) === parent;
  const link = () => {
    const { prototype } = getNet().Server;
    if (!isOurs()) return prototype;
    setPrototypeOf(prototype, core.Server.prototype);
    setPrototypeOf(http.Server.prototype, prototype);
    parent = prototype;
    linked = prototype;
    return prototype;
  };
  return {
    install() {
      if (getPrototypeOf(http.Server.prototype) !== core.Server.prototype) return;
      parent = createStandIn(link);
      setPrototypeOf(http.Server.prototype, parent);
    },
    uninstall() {
      if (!isOurs()) return;
      setPrototypeOf(http.Server.prototype, core.Server.prototype);
      if (linked !== null) setPrototypeOf(linked, EventEmitter.prototype);
      parent = null;
      linked = null;
    },
  };
}

function createAgents(http, createPatch, getNet) {
  return createPatch(http.Agent.prototype, 'createConnection', (original) => {
    return function createConnection(...args) {
      return hasProxy(this) ? Reflect.apply(original, this, args) : getNet().createConnection(...args);
    };
  });
}

/** A part of the registration; `getNet()` is the installed net. */
function createHttp(createPatch, getNet) {
  let parts = null;
  return {
    install() {
      if (process.env.OXINET_HTTP === '0') return;
      if (parts === null) {
        // Programs that keep http as it is don't pay for loading it.
        const http = require('node:http');
        parts = [createServers(http, getNet), createAgents(http, createPatch, getNet)];
      }
      for (const part of parts) part.install();
    },
    uninstall() {
      for (const part of parts ?? []) part.uninstall();
    },
  };
}

module.exports = { createHttp };
