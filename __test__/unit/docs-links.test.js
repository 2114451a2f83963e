'use strict';

// Every link of the documents leads somewhere: the files that they name exist, and so do the headings. So do the commands.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const root = path.join(__dirname, '..', '..');

/** Of the repository, not of what is installed in it. */
const documents = [
  ...['.', 'docs', 'bench', 'examples', 'e2e', '__test__'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(folder, name)),
  ),
];

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
/** Code may have brackets of its own. */
const prose = (file) =>
  read(file)
    .replace(/^```.*?^```/gms, '')
    .replace(/`[^`\n]*`/g, 'code');

/** Where the links and pictures of a document lead. */
const linksOf = (file) => [
  ...[...prose(file).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target),
  ...[...prose(file).matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target]) => target),
];

/** What a heading is called in a link, as hosts of repositories make it of its text. */
function anchorsOf(file) {
  const seen = new Map();
  const text = read(file).replace(/^```.*?^```/gms, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** What is wrong with a link, or null. */
function fault(from, link) {
  if (/^(?:https?|mailto):/.test(link)) return null;
  const [name, anchor] = link.split('#');
  const target = name === '' ? from : path.join(path.dirname(from), decodeURIComponent(name));
  if (path.isAbsolute(name) || target.startsWith('..')) return `${link}: leads out of the repository`;
  if (!fs.existsSync(path.join(root, target))) return `${link}: there is no ${target}`;
  if (anchor !== undefined && !anchorsOf(target).includes(anchor)) return `${link}: no such heading`;
  return null;
}

for (const file of documents) {
  test(`${file}: its links lead somewhere`, () => {
    const faults = linksOf(file).map((link) => fault(file, link));
    assert.deepStrictEqual(
      faults.filter((one) => one !== null),
      [],
    );
  });
}

const { scripts } = require('../../package.json');
/** The scripts that a text has run, by their names: of this package's, as those of another are run with --prefix. */
const scriptsIn = (text) => [...text.matchAll(/npm run(?: -s)? ([a-z][\w:-]*)/g)].map(([, name]) => name);
const unknownIn = (text) => scriptsIn(text).filter((name) => !Object.hasOwn(scripts, name));

for (const file of [...documents, '.ci/run', '.github/workflows/ci.yml', '.github/workflows/release.yml']) {
  test(`${file}: what it has npm run exists`, () => {
    assert.deepStrictEqual(unknownIn(read(file)), []);
  });
}

test('every script is told of in some document', () => {
  const known = new Set(documents.flatMap((file) => scriptsIn(read(file))));
  const missing = Object.keys(scripts).filter(
    (name) => !known.has(name) && !['start', 'test'].includes(name),
  );
  assert.deepStrictEqual(missing, []);
  assert.deepStrictEqual(unknownIn('`npm run lint`, then `npm run no-such:thing -- --x`'), ['no-such:thing']);
});

test('links are found and followed', () => {
  assert.ok(linksOf('README.md').length > 10);
  assert.match(fault('README.md', 'docs/NOWHERE.md'), /there is no docs/);
  assert.match(fault('docs/API.md', '#nowhere'), /no such heading/);
  assert.match(fault('docs/API.md', '../../x.md'), /out of the repository/);
  assert.strictEqual(fault('docs/API.md', '../README.md#speed'), null);
});
