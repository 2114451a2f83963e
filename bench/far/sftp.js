'use strict';

// The far end of cases/apps/sftp.js: an ssh2 server on core's net with one file of 64 MiB, which is nowhere on a disk.

const { Server, utils } = require('ssh2');
const { answerCounts, tellPort } = require('./options');
const { newHostKey } = require('../../e2e/lib/host-key');

const FILE_BYTES = 64 * 2 ** 20;
const { STATUS_CODE } = utils.sftp;
const bytes = Buffer.alloc(2 ** 20, 'x');
const handle = Buffer.from('file');

function serveFile(sftp) {
  const attributes = { mode: 0o100644, uid: 0, gid: 0, size: FILE_BYTES, atime: 0, mtime: 0 };
  sftp.on('OPEN', (id) => sftp.handle(id, handle));
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
  for (const name of ['STAT', 'LSTAT', 'FSTAT']) sftp.on(name, (id) => sftp.attrs(id, attributes));
  sftp.on('READ', (id, _handle, offset, length) => {
    const count = Math.min(length, bytes.length, FILE_BYTES - offset);
    if (count <= 0) sftp.status(id, STATUS_CODE.EOF);
    else sftp.data(id, bytes.subarray(0, count));
  });
}

const server = new Server({ hostKeys: [newHostKey()] }, (connection) => {
  connection.setNoDelay?.(true);
  connection.on('authentication', (context) => context.accept());
  connection.on('error', () => {});
  connection.on('session', (accept) => accept().on('sftp', (acceptSftp) => serveFile(acceptSftp())));
});
server.listen(0, '127.0.0.1', () => tellPort(server));
answerCounts(() => 0);
