'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { root, runFile, runSource } = require('./helpers/fork.js');

const folder = path.join(root, 'examples');

// What each example has to print, in this order. An example without an entry here fails the last test.
const expected = {
  'echo.js': [
    /^TCP echo server bound to 127\.0\.0\.1:\d+$/m,
    /client: received "hello\\r\\nfirst client\\n"/,
    /^Unix echo server bound to /m,
    /client: received "hello\\r\\nfirst client\\n"/,
    /^TCP transfer, 2 MiB each way$/m,
    /client to server: SHA-256 [0-9a-f]+\.\.\. is the same on both ends/,
    /server to client: SHA-256 [0-9a-f]+\.\.\. is the same on both ends/,
    /^Unix transfer, 2 MiB each way$/m,
    /ping-pong.*ratio \d+\.\d\dx$/m,
    /burst.*ratio \d+\.\d\dx$/m,
    /^All checks passed\.$/m,
  ],
  'metrics.js': [
    /^200 text\/plain/m,
    /^# TYPE oxinet_sockets gauge$/m,
    /^oxinet_sockets\{kind="tcp"\} 2$/m,
    /^oxinet_listeners\{kind="tcp"\} 1$/m,
    /^# TYPE oxinet_connections_total counter$/m,
    /^oxinet_connections_total 1$/m,
    /^oxinet_read_bytes_total 10$/m,
    /^oxinet_written_bytes_total 10$/m,
    /^oxinet_turn_seconds_total 0\.\d+$/m,
  ],
  'tcp-info.js': [
    /^userTimeout: 10000$/m,
    /^keepAlive: true$/m,
    /^keepAliveInterval: 5000$/m,
    /^client: HOW ARE YOU\?$/m,
    /^ESTABLISHED, a round trip takes [\d.]+ ms/m,
    /^up to \d+ segments of \d+ bytes/m,
    /^sent 12, received 12 bytes; 0 segments sent again$/m,
    /^server: closed$/m,
  ],
  'half-open.js': [
    /^server: request complete, 13 characters; still writable: true$/m,
    /^client: answer "TO BE SHOUTED"$/m,
    /^server: closed$/m,
  ],
  'unix-socket.js': [
    /^server: address\(\) is the path: true$/m,
    /^client: hello over a file name$/m,
    /^server: closed, file left behind: false$/m,
  ],
  'proxy-protocol.js': [
    /^target: the peer is the client: true, the proxy another one: true$/m,
    /^target: it connected to the proxy: true$/m,
    /^client: received "hello"$/m,
    /^target: a connection was dropped: proxyProtocol, ERR_PROXY_HEADER_INVALID$/m,
    /^target: closed$/m,
  ],
  'workers-reuse-port.js': [
    /^4 threads listen on one port$/m,
    /^64 echoes$/m,
    /^connections: 64$/m,
    /^threads with connections: 4$/m,
  ],
  'fd-passing.js': [
    /^front: the worker is the child: true$/m,
    /^worker: got "the request"$/m,
    /^client: the page of the front$/m,
    /^front: the worker ended with 0$/m,
  ],
  'graceful-restart.js': [
    /^version 3 listens$/m,
    /^client: the lasting connection still says 1:late$/m,
    /^versions 1 and 2 have ended$/m,
    /^client: answers of versions 1, 2, 3$/m,
    /^client: \d+ connections, 0 failures$/m,
  ],
  'proxy-pipe.js': [
    /^client: received "desserts" through the proxy$/m,
    /^proxy: client to target ended$/m,
    /^proxy: target to client ended$/m,
  ],
  'proxy-relay.js': [
    /^client: received "desserts" through the proxy$|^proxy: 8 bytes to the target, 8 back$/m,
    /^client: received "desserts" through the proxy$|^proxy: 8 bytes to the target, 8 back$/m,
  ],
  'static-files.js': [
    /^serving this folder on port \d+$/m,
    /^200, the file as it is: true$/m,
    /^206, bytes 1-10: use strict$/m,
    /^404, on the same connection$/m,
  ],
  'timeout.js': [
    /^server: connection idle; destroyed by the timeout itself: false$/m,
    /^client: idle for too long, bye$/m,
    /^server: closed$/m,
  ],
  'named-import.mjs': [
    /^isIP\('::1'\) is 6; the names are those of the default export: true$/m,
    /^client: hello from a named import$/m,
    /^server: closed$/m,
  ],
};

/** Descriptors go from process to process over Unix sockets only. */
const NOT_ON_WINDOWS = new Set(['fd-passing.js', 'graceful-restart.js']);
const skipped = (name) => process.platform === 'win32' && NOT_ON_WINDOWS.has(name) && 'no Unix sockets';

for (const [name, patterns] of Object.entries(expected)) {
  test(`examples/${name}`, { skip: skipped(name) }, async () => {
    const args = name === 'echo.js' ? ['--quick'] : [];
    const { code, signal, stdout, stderr } = await runFile(path.join(folder, name), {
      args,
      timeout: 60_000,
    });
    assert.deepStrictEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stdout);
    let rest = stdout;
    for (const pattern of patterns) {
      const found = pattern.exec(rest);
      assert.ok(found, `${pattern} is missing from the rest of the output:\n${rest}`);
      rest = rest.slice(found.index + found[0].length);
    }
  });
}

test('every example is run', () => {
  const scripts = fs.readdirSync(folder).filter((name) => /\.[cm]?js$/.test(name));
  assert.deepStrictEqual(scripts.sort(), Object.keys(expected).sort());
});

const README = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const register = path.join(root, 'register.js');
// The package's own name is resolved inside it as it is in a program that installed it.
const ofReadme = [
  { name: 'echo.js', prints: 'hello\r\nare you there?\r\n' },
  { name: 'hello.mjs', execArgv: ['--input-type=module'], prints: 'hello\n' },
  { name: 'web.js', execArgv: ['--require', register], prints: 'over oxinet: true\n' },
];

test('the README has three examples', () => {
  assert.strictEqual(README.match(/```js\n/g).length, ofReadme.length);
});

for (const [index, { name, prints, ...options }] of ofReadme.entries()) {
  test(`the README's ${name} runs as it is printed`, async () => {
    const [, source] = [...README.matchAll(/```js\n([^]*?)```/g)][index];
    const { code, stdout, stderr } = await runSource(source, options);
    assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: prints, stderr: '' });
  });
}
