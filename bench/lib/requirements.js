'use strict';

// What the cases of --apps need besides this repository: npm packages, pinned here, and servers from Debian packages, which
// the end-to-end tests know how to install and start.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { Services } = require('../../e2e/lib/services');
const { install, programs } = require('../../e2e/lib/programs');

const BENCH = path.join(__dirname, '..');

function missingPackages({ needs = [] }) {
  return needs.filter((name) => !fs.existsSync(path.join(BENCH, 'node_modules', name)));
}

/** Why a case can't run with what is installed; undefined when it can. */
function unmetNeed(benchCase) {
  const [missing] = missingPackages(benchCase);
  if (missing) return `${missing} is not installed: npm ci in bench/`;
  const { service } = benchCase;
  return service && !programs[service].find() ? `${programs[service].package} is not installed` : undefined;
}

/** Installs what some cases need; throws when that can't be done. */
function installNeeds(cases) {
  if (cases.some((benchCase) => missingPackages(benchCase).length > 0)) {
    // Install scripts are native builds, which are not what is measured.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { cwd: BENCH, stdio: ['ignore', 2, 2] });
  }
  for (const service of new Set(cases.map((benchCase) => benchCase.service).filter(Boolean))) {
    const reason = install(service);
    if (reason) throw new Error(reason);
  }
}

/** Starts the server of a case; resolves with the arguments that tell the case about it. */
async function serviceArgs(services, { service }) {
  if (!service) return {};
  const { port } = await services.handle({ service, action: 'start' });
  return { port, pid: services.running.get(service).process.pid };
}

module.exports = { Services, installNeeds, serviceArgs, unmetNeed };
