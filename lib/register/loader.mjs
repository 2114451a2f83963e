// Runs in Node's loader thread, where module.registerHooks does not exist (Node 20 and Node 22 before 22.15).

import { createRequire } from 'node:module';

// Not `import`: another loader may have taken over how CommonJS files are imported.
const { createResolve, noteFormat } = createRequire(import.meta.url)('./targets.js');

let active;

// `active` is shared with the thread that registered this file: 1 between its install() and uninstall().
export function initialize(data) {
  active = data.active;
}

export const resolve = createResolve(() => Atomics.load(active, 0) === 1);

export async function load(url, context, nextLoad) {
  return noteFormat(url, await nextLoad(url, context));
}
