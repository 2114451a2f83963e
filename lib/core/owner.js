'use strict';

// Core's key of the object that a handle belongs to.
const net = require('node:net');

let ownerSymbol;

/** Core leaves it on any handle that a socket is made with. */
function ownerKey() {
  if (ownerSymbol !== undefined) return ownerSymbol;
  const handle = {};
  const socket = new net.Socket({ handle, manualStart: true, readable: false });
  ownerSymbol = Object.getOwnPropertySymbols(handle).find((key) => handle[key] === socket);
  return ownerSymbol;
}

function ownerOf(coreHandle) {
  return coreHandle[ownerKey()];
}

function setOwner(coreHandle, owner) {
  coreHandle[ownerKey()] = owner;
}

module.exports = { ownerOf, setOwner };
