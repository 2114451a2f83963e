'use strict';

// `npm run check:supply`: what oxinet is built of. Licences, sources, duplicates and advisories of the crates by cargo-deny
// (deny.toml), advisories of the packages by npm audit. What can't be asked here is skipped, loudly: a clone without a network is
// no fault.

const { spawnSync } = require('node:child_process');
const { capture, childEnv, root } = require('./lib/run.js');

const results = [];

function note(name, outcome, text) {
  results.push(outcome);
  console.log(
    `${{ passed: 'ok', failed: 'FAILED', skipped: 'SKIPPED' }[outcome]} ${name}${text ? `: ${text}` : ''}`,
  );
}

function call(command, args) {
  const result = spawnSync(command, args, { cwd: root, env: childEnv(), encoding: 'utf8', timeout: 120_000 });
  return { ...result, output: `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() };
}

function crates() {
  if (capture('cargo', ['deny', '--version']) === null) {
    note('cargo deny', 'skipped', 'it is not installed (cargo install --locked cargo-deny)');
    return;
  }
  const local = call('cargo', ['deny', '--offline', 'check', 'licenses', 'bans', 'sources']);
  note('cargo deny: licences, bans, sources', local.status === 0 ? 'passed' : 'failed', local.output);
  const advisories = call('cargo', ['deny', 'check', 'advisories']);
  const unreachable = /failed to (fetch|clone|load|update|open).*(advisory|db|database)/is.test(
    advisories.output,
  );
  if (advisories.status === 0) note('cargo deny: advisories', 'passed');
  else if (unreachable || advisories.error)
    note('cargo deny: advisories', 'skipped', 'the database can not be had');
  else note('cargo deny: advisories', 'failed', advisories.output);
}

/** npm's answer is JSON: a report, or an error where nobody could be asked. */
function packages() {
  const { stdout, status } = call('npm', ['audit', '--omit=dev', '--json']);
  let answer;
  try {
    answer = JSON.parse(stdout);
  } catch {
    answer = {};
  }
  const found = answer.metadata?.vulnerabilities;
  if (status === 0 && found) note('npm audit --omit=dev', 'passed', `${found.total} known faults`);
  else if (found?.total > 0)
    note('npm audit --omit=dev', 'failed', JSON.stringify(answer.vulnerabilities, null, 1));
  else note('npm audit --omit=dev', 'skipped', 'the registry does not answer that');
}

crates();
packages();
const count = (outcome) => results.filter((one) => one === outcome).length;
console.log(
  `${count('passed')} checks are fine, ${count('failed')} found faults, ${count('skipped')} were skipped`,
);
if (count('failed') > 0) process.exitCode = 1;
