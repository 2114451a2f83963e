'use strict';

// The server side of SFTP for the SSH scenario: the requests that fastPut, fastGet and the file streams of ssh2
// make, carried out on real files below one folder.

const fs = require('node:fs');
const path = require('node:path');
const { utils } = require('ssh2');

const { STATUS_CODE, flagsToString } = utils.sftp;

function serveSftp(sftp, folder) {
  const handles = new Map();
  let lastHandle = 0;
  const locate = (name) => path.join(folder, path.posix.normalize(`/${name}`));
  const fileOf = (handle) => handles.get(handle.readUInt32BE(0));
  const status = (id) => (error) => {
    if (!error) sftp.status(id, STATUS_CODE.OK);
    else
      sftp.status(
        id,
        error.code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE,
        error.message,
      );
  };
  const attributes = (id) => (error, stats) => (error ? status(id)(error) : sftp.attrs(id, stats));

  sftp.on('OPEN', (id, name, flags, attrs) => {
    fs.open(locate(name), flagsToString(flags), attrs.mode ?? 0o600, (error, file) => {
      if (error) return status(id)(error);
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(++lastHandle);
      handles.set(lastHandle, file);
      sftp.handle(id, handle);
    });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    fs.read(fileOf(handle), Buffer.alloc(length), 0, length, offset, (error, count, data) => {
      if (error) status(id)(error);
      else if (count === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, data.subarray(0, count));
    });
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    fs.write(fileOf(handle), data, 0, data.length, offset, status(id));
  });
  sftp.on('CLOSE', (id, handle) => {
    fs.close(fileOf(handle), status(id));
    handles.delete(handle.readUInt32BE(0));
  });
  sftp.on('FSTAT', (id, handle) => fs.fstat(fileOf(handle), attributes(id)));
  sftp.on('STAT', (id, name) => fs.stat(locate(name), attributes(id)));
  sftp.on('LSTAT', (id, name) => fs.lstat(locate(name), attributes(id)));
  sftp.on('FSETSTAT', (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on('REMOVE', (id, name) => fs.unlink(locate(name), status(id)));
  sftp.on('REALPATH', (id, name) => {
    const filename = path.posix.normalize(`/${name}`);
    sftp.name(id, [{ filename, longname: filename, attrs: {} }]);
  });
}

module.exports = { serveSftp };
