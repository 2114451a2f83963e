'use strict';

// The command line of run.js.

const { parseArgs } = require('node:util');

const HELP = `usage: npm run bench -- [options]

  --samples N        rounds a case (5)
  --only REGEX       only the cases whose name matches
  --quick            2 short rounds: to see that all works, not to compare
  --patience SECONDS time for repeating samples that other processes disturbed (120; 0 with --quick)
  --node PATH        the node that runs core and oxinet (this one)
  --with LIST        more columns, of bun, deno and limit, with commas between
  --before DIR       one more column: a built checkout of this project as it was, and how we compare with it
  --subject NAME     what is compared with core: oxinet, or core itself, to see the noise
  --out FILE         where the result goes (bench/results/<date>-<commit>.json)
  --from FILE        run nothing, take an earlier result; "newest" for the latest full one
  --check            list the targets that are missed, and fail if there are any
  --readme           write the tables of README.md and docs/PERFORMANCE.md
  --apps             the cases with real packages and servers instead of those with bare sockets
  --congestion NAME  with --apps: the congestion control, in a network namespace (cubic)
  --busy N           so many busy loops beside (0)
  --quota PERCENT    the share of one processor that the measured process may use (no limit)
  --list             list the cases
`;

const OPTIONS = {
  samples: { type: 'string' },
  patience: { type: 'string' },
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  node: { type: 'string', default: process.execPath },
  with: { type: 'string', default: '' },
  before: { type: 'string' },
  subject: { type: 'string', default: 'oxinet' },
  out: { type: 'string' },
  from: { type: 'string' },
  check: { type: 'boolean', default: false },
  readme: { type: 'boolean', default: false },
  apps: { type: 'boolean', default: false },
  congestion: { type: 'string', default: 'cubic' },
  busy: { type: 'string' },
  quota: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

const MORE_COLUMNS = ['bun', 'deno', 'limit'];
const FULL = { samples: 5, warmup: 150, duration: 500, patience: 120 };
const QUICK = { samples: 2, warmup: 50, duration: 100, turn: 50, patience: 0 };
// Packages and far ends in JavaScript take longer to get warm.
const APPS = { samples: 5, warmup: 500, duration: 1000, turn: 250, patience: 120 };

function parseRunOptions(args) {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  const full = values.apps ? APPS : FULL;
  const standard = values.quick ? QUICK : full;
  const samples = toNumber('samples', values.samples ?? standard.samples, 1);
  const busy = toNumber('busy', values.busy ?? 0, 0);
  const quota = toNumber('quota', values.quota ?? 0, 0);
  // Beside busy loops every sample is disturbed.
  const patience = toNumber('patience', values.patience ?? (busy > 0 ? 0 : standard.patience), 0);
  const more = values.with.split(',').filter(Boolean);
  for (const column of more) {
    if (!MORE_COLUMNS.includes(column))
      throw new Error(`--with knows ${MORE_COLUMNS.join(', ')}, not '${column}'`);
  }
  if (!['core', 'oxinet'].includes(values.subject)) throw new Error('--subject must be oxinet or core');
  if (values.apps && more.length > 0) throw new Error('--apps compares oxinet with core only');
  const suite = values.apps ? 'apps' : 'sockets';
  return {
    ...standard,
    ...values,
    suite,
    samples,
    patience,
    busy,
    quota,
    only: new RegExp(values.only),
    more,
  };
}

function toNumber(name, text, least) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${name} can't be '${text}'`);
  return number;
}

module.exports = { HELP, parseRunOptions };
