'use strict';

// Descriptors that go along with bytes of a Unix socket (SCM_RIGHTS). Copies that are to leave wait in Rust under a ticket, and
// so does what came with a read until it is taken, right after it: whoever closes the handle closes them too. A handle that
// has nothing to do with descriptors has the methods of its class, and asks for nothing of this.
const native = require('../engine/native.js');
const { PipeHandle } = require('./stream.js');
const { kOnFds, kOwner } = require('../base/symbols.js');

/** What one message may carry: SCM_MAX_FD of Linux. */
const MOST_DESCRIPTORS = 253;

/** Tickets by the chunk that they go along with. */
const tickets = new WeakMap();

/** Whether it is one of ours over a Unix socket, or will be when it has connected. */
function isUnixHandle(handle, connecting) {
  return handle instanceof PipeHandle && (connecting || native.isUnixSocket(handle.id));
}

/** Keeps copies of the descriptors for the chunk: a ticket, or a negative errno. */
function hold(handle, numbers, chunk) {
  const ticket = native.holdDescriptors(handle.id, numbers);
  if (ticket >= 0) tickets.set(chunk, ticket);
  return ticket;
}

/** Closes what still waits: its chunk was not sent. */
function letGo(handle, ticket) {
  if (handle.id !== 0) native.letGoDescriptors(handle.id, ticket);
}

const hasTicket = (chunk) => tickets.has(chunk);

/** Hands a chunk that hold() has had to the kernel, behind what was written before; see write() of the handle. */
function write(handle, chunk, done) {
  handle.sendOne = sendOne;
  handle.write([chunk], 0, done);
}

/** Descriptors go with the first byte: a chunk that was begun has none any more. */
function sendOne({ buffers, sizes, index, offset }) {
  const chunk = buffers[index];
  const ticket = offset > 0 ? undefined : tickets.get(chunk);
  return ticket === undefined
    ? native.send(this.id, chunk, offset, sizes[index])
    : native.sendDescriptors(this.id, ticket, chunk, offset, sizes[index]);
}

/** From now on descriptors that come along go to the socket. */
function receive(handle) {
  handle.deliver = deliver;
  handle.deliverBulk = deliverBulk;
  native.wantDescriptors(handle.id);
}

function deliver(count, chunk) {
  handOn(this, count, () => PipeHandle.prototype.deliver.call(this, count, chunk));
}

function deliverBulk(count) {
  handOn(this, count, () => PipeHandle.prototype.deliverBulk.call(this, count));
}

/** What came with some bytes goes to the socket before them. A listener that throws, or closes, costs nobody the bytes. */
function handOn(handle, count, deliverBytes) {
  const arrived = count > 0 ? native.takeDescriptors(handle.id) : 0;
  if (arrived === 0) {
    deliverBytes();
    return;
  }
  let goesOn = false;
  try {
    goesOn = handle[kOwner][kOnFds](arrived);
  } catch (error) {
    goesOn = true;
    throw error;
  } finally {
    if (goesOn) deliverBytes();
  }
}

module.exports = { MOST_DESCRIPTORS, hasTicket, hold, isUnixHandle, letGo, receive, write };
