'use strict';

// A file among the writes of a socket. In its stream an empty chunk stands for it (`marker`), so it has its place between other
// writes; when that chunk comes to the handle, the file's bytes go out in its place.
//
// Who calls whom: socket.sendFile() makes one, has it opened and writes the marker. WritableHandle.write() (or the way to handles
// of core's, socket/write.js) finds the marker and calls writeInTurn(), which has each file send() itself: as an entry of
// the handle's queue that asks for sendfile(2) whenever there is room, or, where that is refused, by reads.
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const native = require('../engine/native.js');
const errno = require('../base/errno.js');
const { codes, errnoException } = require('../base/errors.js');
const { nextTick } = require('../base/timers.js');

const { EACCES, EBADF, EFAULT, EINVAL, EIO, EISDIR, ENOMEM, ENOSYS, ENOTSUP, ENXIO, EOF } = errno;
const { EOVERFLOW, EPERM, ESPIPE } = errno;

/** What is read at a time where a file is not sent by the kernel. */
const READ = 64 * 1024;
/** Errors of sendfile(2) that are about the file, or the call: reading it tells what is wrong with it, if anything is. */
const OF_FILE = new Set([EACCES, EBADF, EFAULT, EINVAL, EIO, EISDIR, ENOMEM, ENOSYS, ENOTSUP, ENXIO]);
for (const code of [EOVERFLOW, EPERM, ESPIPE]) OF_FILE.add(code);

/** Files by the chunk that stands for each. */
const files = new WeakMap();

class File {
  /** From the byte `start` to the byte `end`, that one included. */
  constructor(start, end, onProgress) {
    this.start = start;
    this.end = end;
    this.onProgress = onProgress;
    this.marker = Buffer.alloc(0);
    files.set(this.marker, this);
    /** The descriptor: of an entry of the engine's table, `id`, where there are such; else the caller's, or opened here. */
    this.fd = -1;
    this.id = 0;
    this.closesFd = false;
    /** Has positions; else it is read from where it is. */
    this.isSeekable = true;
    /** Its size is known; becoming shorter is an error. */
    this.isSized = false;
    /** Bytes to send; undefined: as many as there are. */
    this.total = undefined;
    this.sent = 0;
    /** It has had its turn. */
    this.hadTurn = false;
    this.error = null;
    /** Somebody works with the descriptor. */
    this.isBusy = false;
    this.isClosed = false;
    this.isReady = false;
    this.whenReady = null;
  }

  // Opening.

  /** Begins with it. In the end it is known what to send, or `error` says why there is nothing. */
  open(source) {
    if (typeof source === 'number') this.opened(null, source, false);
    else fs.open(source, 'r', (error, fd) => this.opened(error, fd, true));
  }

  opened(error, fd, isOurs) {
    const status = error ? 0 : this.adopt(fd, isOurs);
    // Given up meanwhile.
    if (this.isClosed) this.close();
    else if (error || status < 0) this.fail(error ?? errnoException(status, 'sendFile'));
    else {
      this.isBusy = true;
      fs.fstat(this.fd, (failed, stat) => {
        this.isBusy = false;
        if (this.isClosed) this.close();
        else if (failed) this.fail(failed);
        else this.measure(stat);
      });
    }
  }

  /** Nothing more of it is sent. */
  fail(error) {
    this.error ??= error;
    this.setReady();
  }

  setReady() {
    const { whenReady } = this;
    this.isReady = true;
    this.whenReady = null;
    whenReady?.();
  }

  /** A descriptor of its own, so that the caller may close his at any time. */
  adopt(fd, isOurs) {
    // Of a FileHandle that is closed.
    if (fd < 0) return EBADF;
    const id = native.fileOpen(fd);
    this.fd = id > 0 ? native.fd(id) : fd;
    this.id = Math.max(id, 0);
    this.closesFd = isOurs && this.id === 0;
    if (isOurs && this.id > 0) fs.close(fd, ignore);
    return id === ENOTSUP ? 0 : id;
  }

  measure(stat) {
    const { start, end } = this;
    this.isSeekable = stat.isFile() || stat.isBlockDevice();
    // Files of procfs have no size, and are read to their end, as devices and FIFOs.
    this.isSized = stat.isFile() && stat.size > 0;
    if (this.isSized) this.total = Math.max(0, Math.min(end + 1, stat.size) - start);
    else if (end !== Infinity) this.total = end - start + 1;
    if (!this.isSeekable && start > 0) this.error ??= errnoException(ESPIPE, 'sendFile');
    this.setReady();
  }

  close() {
    this.isClosed = true;
    // The number must not become another file's meanwhile.
    if (this.isBusy) return;
    if (this.id > 0) native.close(this.id);
    else if (this.closesFd) fs.close(this.fd, ignore);
    this.id = 0;
    this.closesFd = false;
  }

  // Sending.

  get left() {
    return this.total === undefined ? Infinity : this.total - this.sent;
  }

  /** It is its turn: `done(status)` when the next may go on. `target` is what the bytes are written to. */
  send(target, done) {
    if (!this.isReady) {
      this.whenReady = () => this.send(target, done);
      return;
    }
    if (target.isClosed()) return;
    this.hadTurn = true;
    if (this.error !== null || this.left === 0 || this.id === 0 || !this.isSized || !target.queue) {
      this.read(target, done);
      return;
    }
    target.queue(new Entry(this), this.left, (status) => {
      if (status === 0) this.read(target, done);
      else done(status);
    });
  }

  moved(count) {
    this.sent += count;
    if (this.onProgress !== undefined) nextTick(this.onProgress, this.sent, this.total);
  }

  /** The rest by reads, if there is any. */
  read(target, done) {
    if (this.error !== null || this.left === 0) {
      done(0);
      return;
    }
    const size = Math.min(READ, this.left);
    const position = this.isSeekable ? this.start + this.sent : null;
    this.isBusy = true;
    fs.read(this.fd, Buffer.allocUnsafe(size), 0, size, position, (error, count, buffer) => {
      this.isBusy = false;
      if (this.isClosed) this.close();
      if (target.isClosed()) return;
      if (error) this.error ??= error;
      else if (count === 0) this.ended();
      if (error || count === 0 || this.error !== null) {
        done(0);
        return;
      }
      target.write([buffer.subarray(0, count)], (status) => {
        if (status !== 0) {
          done(status);
          return;
        }
        this.moved(count);
        this.read(target, done);
      });
    });
  }

  /** There are no more bytes. */
  ended() {
    if (this.isSized) this.error ??= new codes.ERR_FILE_TRUNCATED(this.left);
    this.total = this.sent;
  }
}

/** A file in the queue of a handle (see WritableHandle.send). */
class Entry {
  constructor(file) {
    this.file = file;
    this.buffers = null;
  }

  /** Whether it is through. */
  sendTo(handle) {
    const { file } = this;
    const { left } = file;
    if (file.error !== null) {
      handle.retract(left);
      return true;
    }
    const count = native.fileSend(handle.id, file.id, file.start + file.sent, left);
    if (count >= 0) {
      handle.unsent -= count;
      file.moved(count);
      return count === left;
    }
    if (count !== EOF && !OF_FILE.has(count)) {
      handle.writeError = count;
      return true;
    }
    if (count === EOF) file.ended();
    handle.retract(left);
    return true;
  }
}

function ignore() {}

const isFile = (chunk) => files.has(chunk);

/**
 * Writes chunks of which some stand for files. `target` has `write(chunks, done)`, `isClosed()` and, where entries can be
 * queued, `queue(entry, size, done)`.
 */
function writeInTurn(target, chunks, done) {
  let next = 0;
  const goOn = (status) => {
    if (status !== 0 || next === chunks.length) {
      done(status);
      return;
    }
    const file = files.get(chunks[next]);
    if (file !== undefined) {
      next++;
      file.send(target, goOn);
      return;
    }
    const start = next;
    while (next < chunks.length && !isFile(chunks[next])) next++;
    target.write(chunks.slice(start, next), goOn);
  };
  goOn(0);
}

module.exports = { File, isFile, writeInTurn };
