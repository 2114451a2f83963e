'use strict';

// The reference as Markdown, from what extract.js has read.
const { joinLines } = require('./extract.js');

const anchorOf = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

/** How a program that uses a member has it in its text. */
function usePattern(owner, { name, kind, isStatic }, isEvent) {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (isEvent) return new RegExp(`['"]${plain}['"]`);
  if (name === 'constructor') return new RegExp(`new (net\\.)?${owner.replace('Constructor', '')}\\(`);
  if (name.startsWith('[')) return new RegExp(plain);
  if (isStatic) return new RegExp(`${owner}\\.${plain}\\(`);
  if (kind === 'method' && !/^(module|promises|register)$/.test(owner))
    return new RegExp(`(\\.|\\b)${plain}(\\(|:)`);
  return new RegExp(`(^|[^\\w'])${plain}\\b`, 'm');
}

const withoutComments = (text) => text.replace(/ \/\/ .*|^\s*\/\/.*/gm, '');

class Reference {
  constructor(examples) {
    this.examples = examples;
    this.lines = [];
    this.problems = [];
  }

  add(...lines) {
    this.lines.push(...lines);
  }

  /** The section of a function, a member or an option. */
  entry(owner, entry, { level = 4, isEvent = false } = {}) {
    const title = titleOf(owner, entry, isEvent);
    // Brackets with a call after them would be a link.
    this.add(`${'#'.repeat(level)} ${title.replace('[', '\\[')}`, '');
    if (!entry.docs.some(({ text }) => text))
      this.problems.push(`${owner}: ${entry.name} has no description`);
    if (!isEvent) this.add('```ts', ...entry.signatures, '```', '');
    else if (!entry.signatures[0].endsWith(': []'))
      this.add(`Arguments: \`${entry.signatures[0].replace(/^\w+: /, '')}\``, '');
    this.docs(entry);
    this.exampleOf(owner, entry, isEvent);
  }

  docs({ docs, kind }) {
    for (const { text } of docs) if (text) this.add(joinLines(text), '');
    const rows = [];
    for (const { params } of docs)
      for (const [name, text] of Object.entries(params)) rows.push(`\`${name}\`: ${text}`);
    const all = (tag) => docs.flatMap(({ tags }) => tags[tag] ?? []);
    for (const text of all('default')) rows.push(`Default: ${code(text)}`);
    const throws = all('throws');
    for (const text of throws) rows.push(`Throws ${text}`);
    if (kind === 'method' && throws.length === 0) rows.push('Throws no error of its own');
    for (const text of all('deprecated')) rows.push(`Deprecated ${text}`);
    if (all('internal').length > 0) rows.push('Not meant for programs');
    for (const text of all('since')) rows.push(`Since ${text}`);
    for (const text of all('see')) rows.push(`Source: ${text}`);
    if (rows.length > 0) this.add(...rows.map((row) => `- ${row}`), '');
  }

  exampleOf(owner, entry, isEvent) {
    const pattern = usePattern(owner, entry, isEvent);
    const found = this.examples.find(
      ({ shows, text }) => shows.includes(owner) && pattern.test(withoutComments(text)),
    );
    if (found) this.add(`Example: [${found.name}](#${anchorOf(found.name)})`, '');
    else this.problems.push(`${owner}: no example uses ${entry.name} (${pattern})`);
  }

  /** A class, an interface of options, a map of events, a type. */
  declaration(declaration) {
    const { name, kind, heritage = [], members = [], signatures } = declaration;
    const isEvents = name.endsWith('EventMap');
    this.add(`### ${isEvents ? `Events of ${name.replace('EventMap', '')}` : name}`, '');
    if (declaration.docs.length === 0) this.problems.push(`${name} has no description`);
    if (heritage.length > 0) this.add(`Extends ${heritage.map((one) => `\`${one}\``).join(', ')}`, '');
    if (kind === 'type') this.add('```ts', ...signatures, '```', '');
    this.docs(declaration);
    if (kind === 'passed') this.exampleOf(name, declaration, false);
    for (const member of members) this.member(name, member, isEvents);
  }

  member(owner, member, isEvent) {
    // `path?: undefined`: there to say that it may not be given.
    const isNever = member.signatures[0].endsWith('?: undefined') && owner !== 'NoAddress';
    if (isNever) return;
    this.entry(owner, member, { isEvent });
  }

  showExamples() {
    this.add(
      '## Examples',
      '',
      'Each is a program of [examples/api](../examples/api), and a test runs it.',
      '',
    );
    for (const { name, text, prints } of this.examples)
      this.add(
        `### ${name}`,
        '',
        '```js',
        text,
        '```',
        '',
        'It prints',
        '',
        '```text',
        prints.trimEnd(),
        '```',
        '',
      );
  }
}

const code = (text) =>
  /^[^`]*$/.test(text) && !text.includes(': ') && !text.includes(' if ') ? `\`${text}\`` : text;

function titleOf(owner, { name, kind, isStatic }, isEvent) {
  if (isEvent) return `${owner.replace('EventMap', '')}: '${name}'`;
  if (name === 'constructor') return `new ${owner.replace('Constructor', '')}()`;
  const call = kind === 'method' ? '()' : '';
  if (owner === 'module') return `${name}${call}`;
  if (isStatic) return `${owner}.${name}${call} (static)`;
  return `${owner}${name.startsWith('[') ? '' : '.'}${name}${call}`;
}

module.exports = { Reference };
