'use strict';

// Socket: one attempt at one address.
const { EADDRINUSE } = require('../base/errno.js');
const { codes, exceptionWithHostPort } = require('../base/errors.js');
const { kConnecting, kOptions } = require('../base/symbols.js');
const { connectRequest } = require('../core/foreign.js');
const { prepare } = require('./socket-options.js');

/** Starts one on `handle`; returns the error if it failed at once. `oncomplete(status)` follows otherwise. */
function attempt(socket, handle, { address, family }, target, oncomplete) {
  const { localAddress, localPort, port } = target;
  const connecting = socket[kConnecting];
  if (connecting !== null) connecting.facts = { syscall: 'connect', address, port };
  // A number: there is no descriptor to be had for the calls that follow.
  let opened = 0;
  if (socket[kOptions] !== null) {
    opened = prepare(handle, family === 6 ? 6 : 4, socket[kOptions], false);
    if (typeof opened === 'object') return opened;
  }
  if (localAddress || localPort) {
    const local = localAddress || (family === 6 ? '::' : '0.0.0.0');
    const status = opened || bindLocal(handle, local, family, localPort);
    if (status < 0) return exceptionWithHostPort(status, 'bind', local, localPort);
  }
  socket.emit('connectionAttempt', address, port, family);
  if (socket.blockList?.check(address, `ipv${family}`)) return new codes.ERR_IP_BLOCKED(address);
  const request = connectRequest(handle, {
    oncomplete,
    address,
    port,
    localAddress,
    localPort,
    addressType: family,
  });
  // The family is what lookup() said it is.
  const dial = family === 6 ? 'connect6' : 'connect';
  const status = opened || handle[dial](request, address, port);
  if (!status) return null;
  return exceptionWithHostPort(status, 'connect', address, port, localName(socket, handle));
}

/** The local end as core names it in the errors of attempts that failed at once, also where it has no name. */
function localName(socket, handle = socket._handle) {
  let name = {};
  if (handle === socket._handle) name = socket._getsockname();
  else handle.getsockname(name);
  return `${name.address}:${name.port}`;
}

/** A port in use shows only in the name that the socket got. */
function bindLocal(handle, address, family, port) {
  // No port but a number: the kernel gets its lower 16 bits, as from core, and then it is another one.
  const low = port & 0xffff;
  const status = family === 6 ? handle.bind6(address, low, 0) : handle.bind(address, low);
  if (status || !(port > 0) || !handle.getsockname) return status;
  const name = {};
  const failed = handle.getsockname(name);
  if (failed) return failed;
  return name.port === port ? 0 : EADDRINUSE;
}

/** With the local end named, if the caller chose it. */
function connectError(status, address, port, { localAddress, localPort }) {
  let local;
  if (localAddress && localPort) local = `${localAddress}:${localPort}`;
  const error = exceptionWithHostPort(status, 'connect', address, port, local);
  if (local !== undefined) Object.assign(error, { localAddress, localPort });
  return error;
}

module.exports = { attempt, connectError, localName };
