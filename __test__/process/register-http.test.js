'use strict';

// Core's http servers and agents over this package, by `oxinet/register`.
const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { runApp, register, root } = require('../helpers/register-app.js');

const api = JSON.stringify(register);

/** Of whose making a socket or server is, by its handle; and one exchange with a server that listens. */
const HELPERS = `
  const http = require('node:http');
  const { once } = require('node:events');
  const ofOxinet = (owner) => require(${JSON.stringify(path.join(root, 'lib/handle/handle.js'))}).prototype.isPrototypeOf(owner._handle);
  async function exchange(where, options) {
    const request = http.get({ ...where, ...options });
    const [response] = await once(request, 'response');
    const client = ofOxinet(response.socket);
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { client, body };
  }
  const answer = (request, response) => response.end(String(ofOxinet(request.socket)));
  const listening = async (server, ...where) => (await once(server.listen(...where), 'listening'), server);
  const closed = (server) => new Promise((resolve) => server.close(resolve));
`;

const both = { client: true, body: 'true' };
const neither = { client: false, body: 'false' };

test('http servers listen and agents dial with oxinet, in every form', async (t) => {
  const files = {
    'app.js': `${HELPERS}
      const fs = require('node:fs');
      const net = require('net');
      (async () => {
        const results = {};
        const run = async (name, where, ...args) => {
          const server = await listening(http.createServer(answer), ...args);
          const isOwn = ofOxinet(server) && server instanceof net.Server && server.listening;
          results[name] = [isOwn, await exchange(where ?? { port: server.address().port })];
          await closed(server);
        };
        await run('port', undefined, 0);
        await run('host', undefined, 0, '127.0.0.1');
        await run('options', undefined, { port: 0, host: '127.0.0.1', backlog: 5 });
        await run('path', { socketPath: 'web.sock' }, 'web.sock');
        await run('handle', undefined, net.createServer().listen(0)._handle);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const server = await listening(http.createServer(answer), 0);
        const where = { port: server.address().port };
        results.pooled = [await exchange(where, { agent }), await exchange(where, { agent, timeout: 5000 })];
        results.none = await exchange(where, { agent: false });
        results.left = fs.existsSync('web.sock');
        const end = once(server, 'close');
        server.close();
        agent.destroy();
        await end;
        report(results);
      })();`,
  };
  const own = [true, both];
  assert.deepStrictEqual(await runApp(t, files), {
    ...{ port: own, host: own, options: own, path: own, handle: own },
    ...{ pooled: [both, both], none: both, left: false },
  });
});

test('http servers keep their own members, and subclasses theirs', async (t) => {
  const files = {
    'app.js': `${HELPERS}
      const net = require('net');
      class Web extends http.Server {
        listen(...args) {
          this.calls = args.length;
          return super.listen(...args);
        }
      }
      (async () => {
        const server = await listening(new Web(answer), 0, '127.0.0.1');
        const port = server.address().port;
        const result = [server.calls, await exchange({ port }, { agent: false })];
        server.keepAliveTimeout = 60_000;
        const agent = new http.Agent({ keepAlive: true });
        await exchange({ port }, { agent });
        result.push(await new Promise((resolve) => server.getConnections((error, count) => resolve(error ?? count))));
        const waiting = closed(server);
        server.closeAllConnections();
        await waiting;
        const replaced = net.Server.prototype.listen;
        net.Server.prototype.listen = () => 'replaced';
        result.push(http.createServer().listen(0));
        net.Server.prototype.listen = replaced;
        report([...result, http.Server.prototype instanceof net.Server, server instanceof captured.net.Server]);
      })();`,
  };
  assert.deepStrictEqual(await runApp(t, files), [2, both, 1, 'replaced', true, true]);
});

test('uninstall gives http back; servers of both kinds go on', async (t) => {
  const files = {
    'app.js': `${HELPERS}
      const registration = require(${api});
      (async () => {
        const ours = await listening(http.createServer(answer), 0);
        registration.uninstall();
        const core = await listening(http.createServer(answer), 0);
        const result = [await exchange({ port: ours.address().port }, { agent: false }), await exchange({ port: core.address().port })];
        result.push(Object.getPrototypeOf(http.Server.prototype) === captured.net.Server.prototype);
        registration.install();
        for (const server of [ours, core]) {
          server.unref().ref();
          result.push(await exchange({ port: server.address().port }, { agent: false }));
          await closed(server);
        }
        report(result);
      })();`,
  };
  assert.deepStrictEqual(await runApp(t, files), [
    { client: false, body: 'true' },
    neither,
    true,
    both,
    { client: true, body: 'false' },
  ]);
});

test('with OXINET_HTTP=0 http keeps net of core, and is not loaded', async (t) => {
  const files = {
    'app.js': `
      const early = process.moduleLoadList.includes('NativeModule _http_server');
      ${HELPERS}
      (async () => {
        const server = await listening(http.createServer(answer), 0);
        const result = await exchange({ port: server.address().port });
        await closed(server);
        report([result, whose(require('net')), early]);
      })();`,
  };
  assert.deepStrictEqual(await runApp(t, files, { env: { OXINET_HTTP: '0' } }), [neither, 'oxinet', false]);
});

test('nothing is loaded before a server listens or a request is made', async (t) => {
  const files = {
    'app.js': `
      const http = require('node:http');
      const loaded = () => Object.keys(require.cache).some((file) => file.endsWith('addon.js'));
      const server = http.createServer();
      const before = loaded();
      server.listen(0, () => server.close(() => report([before, loaded()])));`,
  };
  assert.deepStrictEqual(await runApp(t, files), [false, true]);
});
