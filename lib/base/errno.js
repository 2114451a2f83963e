'use strict';

// Errnos by name, negative: what the add-on, libuv and core's handles return. The numbers are the platform's, so they
// come from the running Node's own table.
const util = require('node:util');

const NAMES = [
  'EACCES',
  'EADDRINUSE',
  'EAGAIN',
  'EALREADY',
  'EBADF',
  'ECANCELED',
  'ECONNREFUSED',
  'EFAULT',
  'EINVAL',
  'EIO',
  'EISDIR',
  'ENOMEM',
  'ENOSYS',
  'ENOTCONN',
  'ENOTSUP',
  'ENXIO',
  'EOF',
  'EOVERFLOW',
  'EPERM',
  'EPIPE',
  'ESPIPE',
  'ETIMEDOUT',
];

const numbers = new Map([...util.getSystemErrorMap()].map(([errno, [name]]) => [name, errno]));

module.exports = Object.fromEntries(NAMES.map((name) => [name, numbers.get(name)]));
