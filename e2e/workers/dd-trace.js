'use strict';

// dd-trace over http, in a process of its own, as it patches what is loaded after it: requests within a process, one of them
// refused and one answered with 500. The tracer writes its spans to the standard output; then the kinds of handles, as JSON.

process.env.DD_TRACE_EXPERIMENTAL_EXPORTER = 'log';
process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = 'false';
process.env.DD_REMOTE_CONFIGURATION_ENABLED = 'false';
const tracer = require('dd-trace').init({
  startupLogs: false,
  plugins: true,
  service: 'e2e',
  flushInterval: 0,
});

const http = require('http');
const { once } = require('events');

const kinds = new Set();
const server = http.createServer((incoming, response) => {
  kinds.add(incoming.socket._handle.constructor.name);
  response.statusCode = incoming.url === '/broken' ? 500 : 200;
  incoming.pipe(response);
});

async function main() {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const agent = new http.Agent({ keepAlive: true });
  for (const path of ['/page', '/broken']) {
    await tracer.trace('work', { resource: path }, async () => {
      const outgoing = http.request({ port, host: '127.0.0.1', agent, path, method: 'POST' }).end('body');
      const [response] = await once(outgoing, 'response');
      kinds.add(response.socket._handle.constructor.name);
      await once(response.resume(), 'end');
    });
  }
  agent.destroy();
  server.close();
  await once(server, 'close');
  const refused = http.get({ port, host: '127.0.0.1', agent: false });
  await once(refused, 'error').catch((error) => error);
  setImmediate(() => console.log(JSON.stringify({ kinds: [...kinds].sort() })));
}

main();
