'use strict';

// Which calls fail, of what: the error numbers of each call's man page, and those that the network adds (accept(2)).

const { ALWAYS } = require('./control.js');
const { SCENARIOS } = require('./scenarios.js');

const NETWORK = ['ENETDOWN', 'EPROTO', 'ENOPROTOOPT', 'EHOSTUNREACH', 'EOPNOTSUPP', 'ENETUNREACH'];
const NO_SOCKET = ['EBADF', 'ENOTSOCK', 'EINVAL'];

const ERRNOS = {
  socket: ['EACCES', 'EAFNOSUPPORT', 'EINVAL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPROTONOSUPPORT'],
  bind: [
    ...NO_SOCKET,
    'EACCES',
    'EADDRINUSE',
    'EADDRNOTAVAIL',
    'ELOOP',
    'ENAMETOOLONG',
    'ENOENT',
    'ENOMEM',
    'ENOTDIR',
    'EROFS',
  ],
  listen: ['EADDRINUSE', 'EBADF', 'ENOTSOCK', 'EOPNOTSUPP'],
  accept: [
    ...['EAGAIN', 'ECONNABORTED', 'EINTR', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM', 'EFAULT'],
    ...NO_SOCKET,
    ...NETWORK,
  ],
  connect: [
    ...[
      'EACCES',
      'EPERM',
      'EADDRINUSE',
      'EADDRNOTAVAIL',
      'EAFNOSUPPORT',
      'EAGAIN',
      'EALREADY',
      'EBADF',
      'ECONNREFUSED',
    ],
    ...[
      'EFAULT',
      'EINTR',
      'EISCONN',
      'ENETUNREACH',
      'ENOTSOCK',
      'EPROTOTYPE',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENOENT',
    ],
  ],
  out: [
    ...[
      'EACCES',
      'EAGAIN',
      'EALREADY',
      'ECONNRESET',
      'EDESTADDRREQ',
      'EFAULT',
      'EINTR',
      'EISCONN',
      'EMSGSIZE',
    ],
    ...['ENOBUFS', 'ENOMEM', 'ENOTCONN', 'EOPNOTSUPP', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EIO'],
    ...NO_SOCKET,
  ],
  in: [
    ...[
      'EAGAIN',
      'ECONNREFUSED',
      'ECONNRESET',
      'EFAULT',
      'EINTR',
      'ENOMEM',
      'ENOTCONN',
      'ETIMEDOUT',
      'EHOSTUNREACH',
    ],
    ...['EIO', ...NO_SOCKET],
  ],
  shutdown: [...NO_SOCKET, 'ENOTCONN'],
  close: ['EINTR', 'EIO', 'ENOSPC', 'EDQUOT'],
  getsockopt: [...NO_SOCKET, 'EFAULT', 'ENOPROTOOPT'],
  setsockopt: [...NO_SOCKET, 'EFAULT', 'ENOPROTOOPT', 'EDOM', 'ENOMEM'],
  getsockname: [...NO_SOCKET, 'EFAULT', 'ENOBUFS'],
  getpeername: [...NO_SOCKET, 'EFAULT', 'ENOBUFS', 'ENOTCONN'],
  fcntl: ['EBADF', 'EACCES', 'EAGAIN', 'EINVAL', 'EMFILE'],
  poll: ['EFAULT', 'EINTR', 'EINVAL', 'ENOMEM'],
  epoll_ctl: ['EBADF', 'EEXIST', 'EINVAL', 'ELOOP', 'ENOENT', 'ENOMEM', 'ENOSPC', 'EPERM'],
  epoll_wait: ['EINTR'],
  pipe2: ['EMFILE', 'ENFILE', 'ENOMEM'],
};

/** They say that the same call is worth another try: after these the scenario has to come to its end. */
const PASSING = {
  accept: ['EAGAIN', 'ECONNABORTED', 'EINTR', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM', ...NETWORK],
  connect: ['EINTR'],
  out: ['EAGAIN', 'EINTR', 'ENOBUFS'],
  in: ['EAGAIN', 'EINTR'],
  poll: ['EINTR'],
  epoll_wait: ['EINTR'],
  // Without a pipe a relay copies.
  pipe2: ['EMFILE', 'ENFILE', 'ENOMEM'],
};

/** Which occurrence fails. */
const ONCE = [1, 2, 4].map((first) => ({ first }));
const EVERY = { first: 1, times: ALWAYS };
const WHILE = [
  { first: 1, times: 3 },
  { first: 2, times: 40 },
];

const isPassing = (call, errno) => PASSING[call]?.includes(errno) ?? false;

/** In these each error of each call is met; in the others one of those that are treated alike. */
const THOROUGH = new Set([
  ...['client', 'client, large pieces', 'client, cork', 'client, Unix', 'client, bound and with options'],
  ...['client, addresses in parallel', 'server', 'server, Unix', 'adopted FIFO', 'relay', 'client, sendFile'],
]);
const ONE_OF_ALIKE = {
  ...{
    socket: ['EMFILE'],
    bind: ['EACCES', 'EADDRINUSE'],
    listen: ['EADDRINUSE'],
    shutdown: ['EINVAL'],
    close: ['EINTR'],
  },
  accept: ['EAGAIN', 'ECONNABORTED', 'EMFILE', 'ENOBUFS', 'EPROTO'],
  connect: ['ECONNREFUSED', 'EINTR', 'EADDRINUSE', 'ETIMEDOUT'],
  out: ['EAGAIN', 'EINTR', 'ENOBUFS', 'EPIPE', 'ENOMEM', 'ECONNRESET'],
  in: ['EAGAIN', 'EINTR', 'ECONNRESET', 'ETIMEDOUT', 'ENOMEM'],
  ...{ getsockopt: ['EINVAL'], setsockopt: ['ENOMEM'], getsockname: ['ENOBUFS'], getpeername: ['ENOTCONN'] },
  ...{ fcntl: ['EBADF'], poll: ['ENOMEM'], epoll_ctl: ['ENOMEM'], epoll_wait: ['EINTR'], pipe2: ['EMFILE'] },
};

/** A few bytes a call of so much takes minutes. */
const LARGE = /large|http|cork|relay|sendFile/;

function* rulesOf(call, scenario) {
  const errnos = THOROUGH.has(scenario) ? ERRNOS[call] : ONE_OF_ALIKE[call];
  for (const errno of errnos) {
    for (const when of ONCE) yield { call, errno, ...when };
    if (isPassing(call, errno)) for (const when of WHILE) yield { call, errno, ...when };
    // A listener that never accepts keeps its visitors waiting.
    else if (call !== 'accept') yield { call, errno, ...EVERY };
  }
  if (call === 'in' || call === 'out') {
    for (const most of [1, 100, 5000]) {
      for (const when of [...ONCE, ...WHILE, EVERY]) {
        if (when === EVERY && most < 5000 && LARGE.test(scenario)) continue;
        yield { call, most, ...when };
      }
    }
  }
  // What was begun goes on, or the peer is gone.
  if (call === 'connect') yield { call, errno: 'EINTR', after: true };
  if (call === 'accept') {
    for (const when of ONCE) yield { call, errno: 'ECONNABORTED', after: true, ...when };
  }
}

const nameOf = ({ call, errno, most, first = 1, times = 1, after }) => {
  const what = errno === undefined ? `at most ${most} bytes` : `${errno}${after ? ' after it was done' : ''}`;
  const last = times === ALWAYS ? 'on' : `to ${first + times - 1}`;
  return `${call}: ${what}, ${times === 1 ? `no. ${first}` : `no. ${first} ${last}`}`;
};

/** Every case: `{ name, scenario, rules }`. `reached(scenario)`: the calls that it makes, by name. */
function* cases(reached) {
  for (const scenario of Object.keys(SCENARIOS)) {
    const counts = reached(scenario);
    for (const call of Object.keys(ERRNOS)) {
      for (const rule of rulesOf(call, scenario)) {
        if ((rule.first ?? 1) > (counts[call] ?? 0)) continue;
        yield { name: `${scenario} | ${nameOf(rule)}`, scenario, rules: [rule] };
      }
    }
  }
}

module.exports = { ERRNOS, cases, isPassing };
