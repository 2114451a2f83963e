/**
 * Loading this module makes `net` answer oxinet in the whole program, packages included:
 *
 * ```sh
 * node --require oxinet/register app.js
 * node --import oxinet/register app.mjs
 * NODE_OPTIONS='--require oxinet/register' npm start
 * ```
 *
 * It covers `require('net')`, `import ... from 'net'` and `process.getBuiltinModule('net')`, each with and without the
 * `node:` prefix. Modules that took hold of Node's net before keep it.
 *
 * `http` uses it too: `http.createServer()` listens with oxinet, and `http.Agent`, the global one included, dials with it; what
 * they do with a connection stays Node's. Servers that listen already stay where they are. With the environment variable
 * `OXINET_HTTP=0`, read by `install()`, http keeps Node's net. Other modules of Node (`https`, `tls`, `http2`, `fetch`) keep it always.
 *
 * With the environment variable `OXINET_DISABLE=1` loading it changes nothing.
 *
 * `import` needs Node 20.6 or later. Before Node 22.15 Node runs the hook for it in a thread of its own, which takes about
 * a tenth of a second to start, and does not run it for an ES module that a CommonJS module loads by `require`.
 */

/**
 * Makes `net` answer oxinet from now on. Loading the module has already called it; it is for use after `uninstall()`.
 * Calling it again has no further effect. oxinet itself is loaded when the first module asks for `net`, or the
 * first http server is to listen, or an agent to dial.
 */
export function install(): void;

/**
 * Makes `net` answer Node's own module again. Modules that already hold oxinet keep it, and so does an `import` of `net`
 * that has been resolved before. Without an `install()` in effect it does nothing.
 */
export function uninstall(): void;

/** Whether `net` answers oxinet in this thread. */
export function isInstalled(): boolean;
