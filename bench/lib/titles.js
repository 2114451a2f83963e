'use strict';

// How columns and groups of cases are called in the table and in the charts.

module.exports = {
  COLUMN_TITLES: {
    oxinet: 'oxinet',
    second: 'node:net again',
    bun: 'Bun',
    deno: 'Deno',
    limit: 'plain epoll program',
  },
  GROUP_TITLES: {
    apps: 'Applications',
    tcp: 'TCP, one process',
    unix: 'Unix socket, one process',
    'two processes': 'TCP, against another process',
    memory: 'Many connections',
  },
};
