'use strict';

// Numbers for Prometheus, by prom-client (npm install prom-client): an echo server with net.stats() behind the metrics page of
// an http server. The numbers are those of one thread: with workers or a cluster each has a page of its own, or labels.

const http = require('node:http');
const { once } = require('node:events');
const { Counter, Gauge, Registry } = require('prom-client');
const net = require('../');

/** Registers what stats() tells. It is asked once for each page, and each metric takes its part. */
function createRegistry(getStats) {
  const registry = new Registry();
  let stats;
  const gauge = (name, help, labelNames, collect) =>
    new Gauge({ name: `oxinet_${name}`, help, labelNames, registers: [registry], collect });
  /** A count that oxinet keeps: each page starts it anew. */
  const counter = (name, help, tell) =>
    new Counter({
      name: `oxinet_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(tell(stats));
      },
    });

  gauge('sockets', 'Sockets that are open', ['kind'], function () {
    stats = getStats();
    for (const [kind, count] of Object.entries(stats.sockets)) this.set({ kind }, count);
  });
  gauge('listeners', 'Listeners that are open', ['kind'], function () {
    for (const [kind, count] of Object.entries(stats.listeners)) this.set({ kind }, count);
  });
  counter('connections', 'Connections given to servers', ({ connections }) => connections);
  counter('drops', 'Connections beyond maxConnections', ({ drops }) => drops);
  counter('turned_away', 'Connections for which no descriptor was left', ({ turnedAway }) => turnedAway);
  counter('connect_failures', 'Attempts to connect that failed', ({ connectFailures }) => connectFailures);
  counter('read_bytes', 'Bytes that came in', ({ bytesRead }) => bytesRead);
  counter('written_bytes', 'Bytes that the kernel took', ({ bytesWritten }) => bytesWritten);
  // By these two: how long handlers and sockets keep the event loop, and how many events one look finds.
  counter('turn_seconds', 'Time in events and their handlers', ({ turnTime }) => turnTime / 1000);
  counter('batches', 'Batches of events', ({ batches }) => batches);
  counter('events', 'Events', ({ events }) => events);
  return registry;
}

/** Serves the page. Its own sockets are core's and are not counted, unless oxinet/register is in use. */
async function serve(registry) {
  const server = http.createServer(async (request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function main() {
  const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const page = await serve(createRegistry(net.stats));

  const client = net.connect(echo.address().port, '127.0.0.1');
  client.write('hello');
  await once(client, 'data');

  const answer = await fetch(`http://127.0.0.1:${page.address().port}/metrics`);
  console.log(answer.status, answer.headers.get('content-type'));
  console.log(await answer.text());

  client.end();
  echo.close();
  page.close();
  page.closeAllConnections();
}

main();
