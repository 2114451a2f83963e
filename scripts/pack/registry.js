'use strict';

// A registry on the loopback that has the packages it is given and nothing else.
const fs = require('node:fs');
const http = require('node:http');
const { once } = require('node:events');

/** Listens; `{ url, close }`. */
async function serve(packages) {
  const byName = new Map(packages.map((one) => [one.name, one]));
  function describe(url, { name, version, manifest, integrity, shasum }) {
    const dist = { tarball: `${url}${name}/-/${name}.tgz`, integrity, shasum };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
  }

  const server = http.createServer((request, response) => {
    const [, name, , file] = request.url.split('/');
    const found = byName.get(name);
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"error":"not found"}');
    } else if (file === undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(describe(url, found)));
    } else {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      fs.createReadStream(found.tarball).pipe(response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url, close };
}

module.exports = { serve };
