'use strict';

// Makes the packages as they are published: one for each add-on, and oxinet itself, which names them as optional dependencies.
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { NapiCli } = require('@napi-rs/cli');
const { root, startedBy } = require('../lib/run.js');

const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

/** Copies what is published into `stage/oxinet`; returns its manifest, without what only a checkout needs. */
function stageMain(stage) {
  const manifest = require('../../package.json');
  const home = path.join(stage, 'oxinet');
  for (const name of [...ALWAYS, ...manifest.files]) {
    fs.cpSync(path.join(root, name), path.join(home, name), { recursive: true });
  }
  return { home, manifest };
}

/** Moves each add-on that was built into a package of its own; returns the packages as `{ name, home }`. */
async function stageAddons(stage, home, rows) {
  // It wants them within the project.
  await new NapiCli().createNpmDirs({ cwd: home, npmDir: 'npm' });
  fs.renameSync(path.join(home, 'npm'), path.join(stage, 'addons'));
  const packages = [];
  for (const { name, file } of rows) {
    const folder = path.join(stage, 'addons', name);
    if (file === null) {
      fs.rmSync(folder, { recursive: true });
      continue;
    }
    fs.copyFileSync(file, path.join(folder, path.basename(file)));
    completeManifest(path.join(folder, 'package.json'));
    packages.push({ name: `oxinet-${name}`, home: folder });
  }
  return packages;
}

/** Node need not find out what the files are; and npm installs nothing with a C library where the system is not Linux. */
function completeManifest(file) {
  const manifest = { ...JSON.parse(fs.readFileSync(file, 'utf8')), type: 'commonjs' };
  if (!manifest.os.includes('linux')) delete manifest.libc;
  fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What npm says of a package, as it would publish it, with its `manifest`, and its `tarball` in `target`. */
function pack(source, target) {
  const cli = startedBy();
  const args = ['pack', source, '--json', '--ignore-scripts', '--pack-destination', target];
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const { status, stdout } = cli
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, options);
  if (status !== 0) throw new Error(`npm pack failed for ${source}`);
  const answer = JSON.parse(stdout);
  const [info] = Array.isArray(answer) ? answer : Object.values(answer);
  const tarball = path.join(target, info.filename);
  const extract = ['-xzOf', tarball, 'package/package.json'];
  const { stdout: text } = spawnSync('tar', extract, { encoding: 'utf8' });
  return { ...info, manifest: JSON.parse(text), tarball };
}

/** The packages that `makePackages` has left in a folder; copies go to `target`. */
function readPackages(folder, target) {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  return files
    .map((name) => pack(path.join(folder, name), target))
    .sort((a, b) => a.name.length - b.name.length);
}

/** Packs everything into `target`; what npm says of each package, the main one first, with `manifest` and `tarball`. */
async function makePackages(rows, target) {
  const stage = path.join(target, 'stage');
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  const { home, manifest } = stageMain(stage);
  const addons = await stageAddons(stage, home, rows);
  const optionalDependencies = Object.fromEntries(addons.map(({ name }) => [name, manifest.version]));
  // What only a checkout can use.
  const published = { ...manifest, devDependencies: undefined, scripts: undefined, optionalDependencies };
  const text = JSON.stringify(published, null, 2);
  fs.writeFileSync(path.join(home, 'package.json'), `${text}\n`);
  return [{ home }, ...addons].map((one) => pack(one.home, target));
}

module.exports = { makePackages, readPackages };
