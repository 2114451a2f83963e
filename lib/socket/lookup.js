'use strict';

const dns = require('node:dns');
const process = require('node:process');
const { codes } = require('../base/errors.js');
const { isIP } = require('../base/ip.js');
const { validateFunction } = require('../base/validators.js');

/** `family` as dns.lookup() takes it. */
function toDnsFamily(family) {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : family;
}

/** Whether every address of the host is to be tried: only when nothing narrows the choice to one family. */
function wantsAllAddresses({ autoSelectFamily, family, localAddress }) {
  if (autoSelectFamily === 'parallel') return true;
  const dnsFamily = toDnsFamily(family);
  return Boolean(autoSelectFamily) && dnsFamily !== 4 && dnsFamily !== 6 && !localAddress;
}

function lookupOptions({ family, hints, all, signal }) {
  const options = { family: toDnsFamily(family), hints: hints || 0 };
  // Without a family, ask only for addresses that this machine could use; Windows resolves worse with the flag.
  if (process.platform !== 'win32' && options.family !== 4 && options.family !== 6 && options.hints === 0) {
    options.hints = dns.ADDRCONFIG;
  }
  if (all) options.all = true;
  if (signal !== undefined) options.signal = signal;
  return options;
}

/** What lookup() handed over, as a list. A result that is no list counts as one address that is missing. */
function toList(all, address, family) {
  if (!all) return [{ address, family }];
  if (address === null || address === undefined || !(address.length > 0)) return [{}];
  return Array.from(address, (entry) => ({ address: entry?.address, family: entry?.family }));
}

/**
 * Resolves a host name by `lookup` (default dns.lookup, read at the time of the call so that a replaced one is
 * used). `cb(err, addresses)` gets the `{ address, family }` entries in the order and with the content that lookup
 * gave, unchecked, for the 'lookup' events; orderAddresses() then tells which to try. An error comes with the one
 * entry of lookup's other arguments when a single address was asked for, with none otherwise.
 * Throws when `lookup` is no function, and whatever it throws itself.
 */
function resolveHost({ host, family, hints, lookup, all, signal }, cb) {
  if (lookup !== undefined && lookup !== null) validateFunction(lookup, 'options.lookup');
  const resolve = lookup || dns.lookup;
  resolve(host, lookupOptions({ family, hints, all, signal }), (err, address, addressFamily) => {
    if (err) cb(err, all ? [] : [{ address, family: addressFamily }]);
    else cb(err, toList(all, address, addressFamily));
  });
}

/** Older cores take a String object for an address here, and abort on it later. */
function isAddress(value) {
  return typeof value === 'string' && isIP(value) !== 0;
}

function isUsable({ address, family }) {
  return isAddress(address) && (family === 4 || family === 6);
}

/** Why an entry of lookup's answer can't be connected to. */
function addressError({ address, family }, host, port) {
  if (!isAddress(address)) return new codes.ERR_INVALID_IP_ADDRESS(address);
  return new codes.ERR_INVALID_ADDRESS_FAMILY(family, host, port);
}

/**
 * The order in which to try resolved addresses: families take turns, beginning with the family of the first usable
 * address; each address once. Returns `{ error, addresses }`: when no address is usable, `error` says what is
 * wrong with the first, else it is null.
 */
function orderAddresses(entries, host, port) {
  const usable = entries.filter(isUsable);
  if (usable.length === 0) return { error: addressError(entries[0] || {}, host, port), addresses: [] };

  const firstFamily = usable[0].family;
  const queues = [[], []];
  for (const { address, family } of usable) {
    const queue = queues[family === firstFamily ? 0 : 1];
    if (!queue.some((other) => other.address === address)) queue.push({ address, family });
  }
  const addresses = [];
  for (let i = 0; i < Math.max(queues[0].length, queues[1].length); i++) {
    for (const queue of queues) if (i < queue.length) addresses.push(queue[i]);
  }
  return { error: null, addresses };
}

module.exports = { orderAddresses, resolveHost, toDnsFamily, wantsAllAddresses };
