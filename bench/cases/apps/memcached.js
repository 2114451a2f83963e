'use strict';

// The line protocol of memcached on --port: --connections callers share one connection, each with one `get` under way.

const { once } = require('node:events');
const { runRate } = require('../../lib/case');

const END = 'END\r\n';

runRate(async (subject) => {
  const { connections, port, size } = subject.options;
  const [socket] = await subject.connectAll({ host: '127.0.0.1', port }, 1);
  socket.setEncoding('latin1');
  socket.write(`set key 0 0 ${size}\r\n${'x'.repeat(size)}\r\n`);
  await once(socket, 'data');
  let done = 0;
  let rest = '';
  socket.on('data', (text) => {
    rest += text;
    let from = 0;
    for (let end = rest.indexOf(END); end !== -1; end = rest.indexOf(END, from)) {
      from = end + END.length;
      done += 1;
      socket.write('get key\r\n');
    }
    rest = rest.slice(from);
  });
  for (let index = 0; index < connections; index++) socket.write('get key\r\n');
  return { unit: 'requests', count: () => done };
});
