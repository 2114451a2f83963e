'use strict';

// Whether a text is an address is the same question for core's sockets and ours, so core answers it: zone ids,
// mapped addresses and the coercion of non-strings can never differ.
const { isIP, isIPv4, isIPv6 } = require('node:net');

module.exports = { isIP, isIPv4, isIPv6 };
