'use strict';

// ssh2 as the client of an SFTP server: gets a file of 64 MiB again and again.

const { once } = require('node:events');
const { promisify } = require('node:util');
const { runRate } = require('../../lib/case');

runRate(async (subject) => {
  subject.replaceNet();
  const { Client } = require('ssh2');
  const port = await subject.far('sftp.js').port();
  const client = new Client();
  client.connect({ host: '127.0.0.1', port, username: 'bench', password: 'bench' });
  await once(client, 'ready');
  // Without it small packets wait for the other side's delayed acknowledgements.
  client.setNoDelay(true);
  const sftp = await promisify(client.sftp.bind(client))();
  let bytes = 0;
  const step = (_total, chunk) => {
    bytes += chunk;
  };
  const get = () => {
    sftp.fastGet('file', '/dev/null', { step }, (error) => {
      if (error) throw error;
      get();
    });
  };
  get();
  return { unit: 'MiB', count: () => bytes / 2 ** 20 };
});
