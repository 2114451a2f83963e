// What `import ... from 'node:net'` gets while oxinet is installed: as with Node's own modules, the names follow what was
// replaced on the object that require() gives, once module.syncBuiltinESMExports() was called.

import { createRequire } from 'node:module';

// Not `import`: another loader may have taken over how CommonJS files are imported.
const require = createRequire(import.meta.url);
const net = require('./index.js');
const { faces } = require('./lib/register/faces.js');

export let {
  _createServerHandle,
  _normalizeArgs,
  _setSimultaneousAccepts,
  BlockList,
  BoundSocket,
  SocketAddress,
  connect,
  createConnection,
  createServer,
  isIP,
  isIPv4,
  isIPv6,
  Server,
  Socket,
  Stream,
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout,
  getBusyPoll,
  promises,
  setBusyPoll,
  relay,
  stats,
  systemdSockets,
} = net;

export default net;

faces.add(() => {
  ({
    _createServerHandle,
    _normalizeArgs,
    _setSimultaneousAccepts,
    BlockList,
    BoundSocket,
    SocketAddress,
    connect,
    createConnection,
    createServer,
    isIP,
    isIPv4,
    isIPv6,
    Server,
    Socket,
    Stream,
    getDefaultAutoSelectFamily,
    setDefaultAutoSelectFamily,
    getDefaultAutoSelectFamilyAttemptTimeout,
    setDefaultAutoSelectFamilyAttemptTimeout,
    getBusyPoll,
    promises,
    setBusyPoll,
    relay,
    stats,
    systemdSockets,
  } = net);
});
