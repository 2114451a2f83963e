'use strict';

// What in src/ is `unsafe`, by file: in which function it stands, and what it relies on, as its comment says.

const fs = require('node:fs');
const path = require('node:path');
const { root } = require('../lib/run.js');

const KINDS = [
  [/\bunsafe\s+impl\b/, 'promise'],
  [/\bunsafe\s+extern\s+"C"\s*\{/, 'declarations'],
  [/\bunsafe\s+extern\s+"C"\s+fn\s+\w/, 'callback'],
  [/\bunsafe\s+fn\s+\w/, 'function'],
  [/\bunsafe\s*\{/, 'block'],
];

function sources(folder) {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rs'))
    .map((name) => path.join(folder, name))
    .sort();
}

/** The text of the comment lines that end above `line`, without their marks. */
function commentAbove(lines, line) {
  const found = [];
  for (let i = line - 1; i >= 0; i--) {
    const text = lines[i].trim();
    if (text.startsWith('#[')) continue;
    if (!text.startsWith('//')) break;
    found.unshift(text.replace(/^\/\/[/!]?\s?/, ''));
  }
  return found.join(' ').replaceAll(/\s+/g, ' ');
}

/** How far above a block its comment may stand, as the block may be in the midst of a statement. */
const MOST_LINES = 8;

function safetyOf(lines, line, kind) {
  if (kind === 'callback')
    return commentAbove(lines, line) || 'Called by C with what it was given for this function.';
  if (kind === 'function') return commentAbove(lines, line).split('# Safety').at(-1).trim();
  for (let above = line; above >= Math.max(0, line - MOST_LINES); above--) {
    const comment = commentAbove(lines, above);
    if (comment.includes('SAFETY:'))
      return comment.slice(comment.indexOf('SAFETY:') + 'SAFETY:'.length).trim();
  }
  return '';
}

/** The function or the type that a line belongs to. */
function placeOf(lines, line) {
  for (let i = line; i >= 0; i--) {
    const found = /\bfn (\w+)/.exec(lines[i]) ?? /^(?:unsafe )?impl\b.*?(\w+)(?:<[^>]*>)? \{/.exec(lines[i]);
    if (found) return found[1];
  }
  return '';
}

/** `{ place, kind, safety }` of each use in a text. */
function usesIn(text) {
  const lines = text.split('\n');
  return lines.flatMap((full, line) => {
    const code = full
      .replace(/\/\/.*$/, '')
      .replaceAll(/"(?:\\.|[^"\\])*"/g, (quoted) => (quoted === '"C"' ? quoted : '""'));
    const kind = KINDS.find(([pattern]) => pattern.test(code))?.[1];
    if (kind === undefined) return [];
    return [{ place: placeOf(lines, line), kind, safety: safetyOf(lines, line, kind) }];
  });
}

/** `{ file, uses }` of each file of src/ that has any. */
function inventory(folder = path.join(root, 'src')) {
  return sources(folder)
    .map((file) => ({
      file: path.relative(path.dirname(folder), file).replaceAll(path.sep, '/'),
      uses: usesIn(fs.readFileSync(file, 'utf8')),
    }))
    .filter(({ uses }) => uses.length > 0);
}

module.exports = { inventory, usesIn };
