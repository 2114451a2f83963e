'use strict';

// What core leaves on any handle that a socket is made with: the key of its owner, and the function that reads call.
const net = require('node:net');

let found = null;

function look() {
  const handle = {};
  const socket = new net.Socket({ handle, manualStart: true, readable: false });
  const key = Object.getOwnPropertySymbols(handle).find((symbol) => handle[symbol] === socket);
  found = { key, onread: handle.onread };
  return found;
}

/** Core's key of the object that a handle belongs to. */
function ownerKey() {
  return (found ?? look()).key;
}

/** What core's sockets have at `handle.onread`. */
function coreOnread() {
  return (found ?? look()).onread;
}

function ownerOf(coreHandle) {
  return coreHandle[ownerKey()];
}

function setOwner(coreHandle, owner) {
  coreHandle[ownerKey()] = owner;
}

module.exports = { coreOnread, ownerKey, ownerOf, setOwner };
