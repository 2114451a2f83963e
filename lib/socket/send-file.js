'use strict';

// Socket: sendFile(). What becomes of the file on its way is in handle/file.js.
const { Duplex } = require('node:stream');
const { File } = require('../handle/file.js');
const { abortError, codes } = require('../base/errors.js');
const {
  validateAbortSignal,
  validateFunction,
  validateInt32,
  validateObject,
} = require('../base/validators.js');
const { whyClosed } = require('./why-closed.js');
const { validatePosition } = require('../base/validators.js');

function checkOptions(options) {
  validateObject(options, 'options');
  const { start = 0, end = Infinity, signal, onProgress } = options;
  validatePosition(start, 'options.start');
  if (end !== Infinity) validatePosition(end, 'options.end');
  if (start > end) throw new codes.ERR_OUT_OF_RANGE('options.start', `<= "end" (here: ${end})`, start);
  validateAbortSignal(signal, 'options.signal');
  if (onProgress !== undefined) validateFunction(onProgress, 'options.onProgress');
  return { start, end, signal, onProgress };
}

/** A FileHandle by shape, as copies of it come from other realms; else what fs.open() takes, or refuses. */
function sourceOf(source) {
  if (typeof source === 'object' && source !== null && typeof source.fd === 'number') return source.fd;
  if (typeof source === 'number') validateInt32(source, 'source', 0);
  return source;
}

function checkState(socket) {
  if (socket.destroyed) throw new codes.ERR_STREAM_DESTROYED('sendFile');
  if (socket.writableEnded || !socket.writable) throw new codes.ERR_STREAM_WRITE_AFTER_END();
}

/** See types/send-file.d.ts. */
function sendFile(source, options = {}) {
  return new Promise((resolve, reject) => {
    const { start, end, signal, onProgress } = checkOptions(options);
    const from = sourceOf(source);
    checkState(this);
    if (signal?.aborted) throw abortError(signal);
    const file = new File(start, end, onProgress);
    file.open(from);
    const settle = (error) => {
      this.removeListener('close', onClose);
      signal?.removeEventListener('abort', onAbort);
      file.close();
      if (error) reject(error);
      else resolve(file.sent);
    };
    const onClose = () => settle(whyClosed(this));
    const onAbort = () => {
      file.fail(abortError(signal));
      // Half a file is worse than none: nobody at the other end can tell.
      if (file.sent > 0) this.destroy(file.error);
      reject(file.error);
    };
    this.on('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    Duplex.prototype.write.call(this, file.marker, (error) => {
      if (error) settle(file.error ?? whyClosed(this));
      else settle(errorOf(this, file));
    });
  });
}

/** What is wrong with a file whose turn is over; null: nothing. */
function errorOf(socket, file) {
  if (!file.hadTurn) return new codes.ERR_INVALID_STATE('the socket has a _write() of somebody else');
  if (file.error !== null && file.sent > 0 && !socket.destroyed) socket.destroy(file.error);
  return file.error;
}

module.exports = { sendFile };
