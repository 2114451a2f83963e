'use strict';

// Writes a small program into a folder of its own, runs it under `oxinet/register`, and returns what it reports.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const root = path.join(__dirname, '..', '..');
const register = path.join(root, 'register.js');

/** What --import gets is a URL on Windows. */
const urls = (flags) =>
  flags.map((flag, i) =>
    flags[i - 1] === '--import' && path.isAbsolute(flag) ? pathToFileURL(flag).href : flag,
  );

// Loaded before register.js: keeps Node's own net and the functions that register.js replaces, to compare with.
const captureSource = `
'use strict';
const Module = require('node:module');
globalThis.captured = { net: require('node:net'), load: Module._load, getBuiltinModule: process.getBuiltinModule };
`;

// What a program may use to answer: `report(value)` ends up as the result of runApp.
const preludeSource = `
'use strict';
globalThis.oxinet = () => require(${JSON.stringify(path.join(root, 'index.js'))});
globalThis.whose = (net) => net === oxinet() ? 'oxinet' : net === captured.net ? 'core' : 'neither';
globalThis.report = (value) => process.stdout.write(JSON.stringify(value));
`;

function cleanEnv(extra) {
  const env = { ...process.env };
  // NODE_TEST_CONTEXT is set by the test runner; a child that inherits it reports in the runner's own format.
  for (const name of ['NODE_TEST_CONTEXT', 'NODE_OPTIONS', 'OXINET_DISABLE']) delete env[name];
  return { ...env, ...extra };
}

/** A word of NODE_OPTIONS, which may have spaces. */
const quoted = (word) => `"${word.replaceAll('\\', '\\\\')}"`;

function writeFiles(t, files) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-register-')));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries({
    ...files,
    'capture.cjs': captureSource,
    'prelude.cjs': preludeSource,
  })) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), source);
  }
  return folder;
}

// options: flags (default: --require register.js), args (default: the first file), env, cwd (default: the program's
// folder), nodeOptions (the flags again, as a string that goes into NODE_OPTIONS).
function runApp(t, files, options = {}) {
  const folder = writeFiles(t, files);
  const capture = `--require=${path.join(folder, 'capture.cjs')}`;
  const flags = urls(options.flags ?? ['--require', register]);
  const env = { ...options.env };
  if (options.nodeOptions) env.NODE_OPTIONS = `${quoted(capture)} ${options.nodeOptions}`;
  const args = [
    capture,
    `--require=${path.join(folder, 'prelude.cjs')}`,
    ...flags,
    ...(options.args ?? [path.join(folder, Object.keys(files)[0])]),
  ];
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd ?? folder,
      env: cleanEnv(env),
      timeout: Number(process.env.CHILD_LIMIT) || 30_000,
    };
    execFile(process.execPath, args, settings, (error, stdout, stderr) => {
      if (error) return reject(new Error(`${error.message}\n${stderr}`));
      if (stdout === '') return reject(new Error(`the program reported nothing\n${stderr}`));
      resolve(JSON.parse(stdout));
    });
  });
}

module.exports = { quoted, runApp, register, root };
