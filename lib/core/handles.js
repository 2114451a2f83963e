'use strict';

// Core's own TCP and Pipe handles, which cluster and child_process deal in: recognising them, making them, and moving
// descriptors between them and ours. Nothing here asks for process.binding(), but on Windows.
const net = require('node:net');
const CoreListener = require('./core-listener.js');
const Handle = require('../handle/handle.js');
const ListenHandle = require('../handle/listen.js');
const native = require('../engine/native.js');
const { tcpWrap } = require('../base/core-bindings.js');
const { EBADF } = require('../base/errno.js');
const { errnoException } = require('../base/errors.js');
const { denied } = require('../base/permission.js');
const { hasDescriptors } = require('../base/system.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');

const CORE_NAMES = new Set(['TCP', 'Pipe']);

/** Whether `value` is one of core's TCP or Pipe handles. */
function isCoreHandle(value) {
  return (
    value !== null &&
    typeof value === 'object' &&
    value.isStreamBase === true &&
    CORE_NAMES.has(value.constructor?.name) &&
    typeof value.fd === 'number' &&
    typeof value.readStop === 'function'
  );
}

function isTcp(coreHandle) {
  return coreHandle.constructor.name === 'TCP';
}

/** A second descriptor for the open one `fd`: its number, or a negative errno. */
function duplicate(fd) {
  const borrowed = new native.NativeSocket();
  const status = borrowed.open(fd);
  const copy = status < 0 ? status : borrowed.duplicate();
  // The first stays with whom it belongs to.
  native.release(borrowed.id);
  return copy;
}

/** Core's handle over a descriptor, which it owns from now on. It reads nothing by itself. */
function coreHandleOver(fd) {
  const handle = hasDescriptors
    ? net._createServerHandle(undefined, undefined, undefined, fd)
    : tcpHandleOver(fd);
  if (typeof handle === 'object') return handle;
  closeDescriptor(fd);
  throw errnoException(handle, 'open');
}

/** The same over a SOCKET of Windows, which no other function of core's takes for a descriptor. */
function tcpHandleOver(socket) {
  const { TCP, constants } = tcpWrap();
  const handle = new TCP(constants.SERVER);
  const status = handle.open(socket);
  if (status === 0) return handle;
  handle.close();
  return status;
}

function closeDescriptor(fd) {
  const owner = new native.NativeSocket();
  owner.open(fd);
  native.close(owner.id);
}

/** Core's handle over a second descriptor of ours; null where ours has none. */
function coreCopyOf(handle) {
  const fd = handle instanceof Handle ? handle.native.duplicate() : duplicate(handle.fd);
  if (fd === EBADF) return null;
  if (fd < 0) throw errnoException(fd, 'dup');
  return coreHandleOver(fd);
}

const classes = new Map();

/** Core's class for connections like that of `handle`, taken from one that is made for it; null where none can be made. */
function classOf(handle) {
  const { provider } = handle;
  if (!classes.has(provider)) {
    const sample = sampleOf(handle);
    if (sample === null || typeof sample === 'number') return null;
    classes.set(provider, sample.constructor);
    sample.close();
  }
  return classes.get(provider);
}

function sampleOf(handle) {
  if (handle.fd < 0) return handle instanceof TcpHandle ? net._createServerHandle('127.0.0.1', 0, 4) : null;
  try {
    return coreCopyOf(handle);
  } catch {
    return null;
  }
}

/** As core numbers it: for connections, not for listening. */
const SOCKET = 0;

/** A handle of core's that could take the descriptor of `handle`; null where that cannot be, or may not. */
function makeStreamHandle(handle) {
  if (denied('') !== null) return null;
  const Core = classOf(handle);
  return Core === null ? null : new Core(SOCKET);
}

/** Opens `handle` over a second descriptor of core's; 0 or a negative errno. */
function openCopy(handle, coreHandle) {
  const fd = duplicate(coreHandle.fd);
  return fd < 0 ? fd : handle.take(fd);
}

/**
 * The connection of one of core's handles as a handle of ours; core's is closed, as nobody else may use it. A negative
 * errno leaves it open. Not a byte is lost: libuv never reads ahead of its callbacks. Where there is no descriptor to take, it
 * stays core's handle.
 */
function takeStream(coreHandle) {
  if (!hasDescriptors) {
    coreHandle.readStop();
    // What stands there is looked at by who reads next.
    coreHandle.reading = false;
    return coreHandle;
  }
  const handle = isTcp(coreHandle) ? new TcpHandle() : new PipeHandle();
  if (coreHandle.fd < 0) {
    // It has never connected.
    coreHandle.close();
    return handle;
  }
  coreHandle.readStop();
  return take(handle, coreHandle);
}

/** The same for a listener. */
function takeListener(coreHandle) {
  if (!hasDescriptors) return new CoreListener(coreHandle, takeStream);
  return take(new ListenHandle(isTcp(coreHandle)), coreHandle);
}

function take(handle, coreHandle) {
  const status = openCopy(handle, coreHandle);
  (status === 0 ? coreHandle : handle).close();
  return status === 0 ? handle : status;
}

/** Core's handle with the descriptor of a listener of ours, which is closed without it. */
function moveListener(handle) {
  const { coreHandle } = handle;
  if (coreHandle) {
    handle.coreHandle = null;
    handle.close();
    return coreHandle;
  }
  const fd = handle.detach();
  if (fd < 0) throw errnoException(fd, 'detach');
  return coreHandleOver(fd);
}

/** Closes core's handle together with ours, for holders that count on the one or the other. */
function tie(Base) {
  return class extends Base {
    coreHandle = null;

    close(callback) {
      super.close(callback);
      this.closeCore();
    }

    detach() {
      const fd = super.detach();
      this.closeCore();
      return fd;
    }

    closeCore() {
      const { coreHandle } = this;
      this.coreHandle = null;
      coreHandle?.close();
    }
  };
}

const TiedListen = tie(ListenHandle);

/** A handle of ours beside one of core's that somebody else may still hold; both close together. Or an errno. */
function openTied(handle, coreHandle) {
  const status = coreHandle.fd < 0 ? 0 : openCopy(handle, coreHandle);
  if (status === 0) {
    handle.coreHandle = coreHandle;
    return handle;
  }
  handle.close();
  return status;
}

/** Listens where core's handle is bound. */
function listenerBeside(coreHandle) {
  // As long as it is open, one that a server of core's listens with takes connections away.
  if (typeof coreHandle.onconnection === 'function' || !hasDescriptors) return takeListener(coreHandle);
  return openTied(new TiedListen(isTcp(coreHandle)), coreHandle);
}

module.exports = {
  closeDescriptor,
  coreCopyOf,
  isCoreHandle,
  listenerBeside,
  makeStreamHandle,
  moveListener,
  takeListener,
  takeStream,
};
