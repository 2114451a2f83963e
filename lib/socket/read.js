'use strict';

// Socket: asking for bytes. What arrives is in socket.js.
const { Duplex } = require('node:stream');
const { errnoException } = require('../base/errors.js');
const { push, streamRead } = require('../base/unpatched.js');
const { kOnread, kReceivesFds } = require('../base/symbols.js');

function _read(size) {
  if (this.connecting || !this._handle) this.once('connect', () => this._read(size));
  else if (!this._handle.reading) this._readStart();
}

function _readStart() {
  this._handle.reading = true;
  const status = this._handle.readStart();
  if (status) this.destroy(errnoException(status, 'read'));
}

function _readStop() {
  this._handle.reading = false;
  const status = this._handle.readStop();
  if (status) this.destroy(errnoException(status, 'read'));
}

function resume() {
  startStopped(this);
  return Duplex.prototype.resume.call(this);
}

function read(size) {
  startStopped(this);
  return Duplex.prototype.read.call(this, size);
}

/** Where pause() has stopped the handle itself. */
function startStopped(socket) {
  if (socket[kOnread] === null && socket[kReceivesFds] === null) return;
  if (!socket.connecting && socket._handle !== null && !socket._handle.reading) socket._readStart();
}

/** Whether a chunk may go past the stream's methods: all that it would meet there are the ones that we know. */
function hasOwnReading(socket) {
  return (
    socket.push === push &&
    socket.read === read &&
    socket._read === _read &&
    Duplex.prototype.read === streamRead
  );
}

module.exports = { hasOwnReading, methods: { _read, _readStart, _readStop, read, resume } };
