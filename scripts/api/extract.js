'use strict';

// Reads the declarations that users get, and tells what they export: names, signatures, and what their JSDoc says.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript-js');
const { root } = require('../lib/run.js');

/** The documented forms of JSDoc tags; another one is a mistake. */
const TAGS = ['param', 'default', 'throws', 'since', 'see', 'deprecated', 'internal', 'returns'];

function parse(file) {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

/** Links of JSDoc are names here; a line end within a paragraph is a space. */
function plain(comment) {
  const text = (ts.getTextOfJSDocComment(comment) ?? '').replace(
    /\{@link\s+([^}|]+?)(?:\s*\|\s*([^}]+))?\s*\}/g,
    (_, name, label) => label?.trim() ?? `\`${name.trim()}\``,
  );
  return text.trim();
}

function joinLines(text) {
  return text.replace(/(?<!\n)\n(?!\n|\s*-|```)/g, ' ').replace(/ {2,}/g, ' ');
}

/** What the JSDoc of a node says: `{ text, tags: { since: [...], ... }, params }`. */
function docOf(node) {
  const doc = { text: '', tags: {}, params: {} };
  for (const block of node.jsDoc?.slice(-1) ?? []) {
    doc.text = plain(block.comment);
    for (const tag of block.tags ?? []) addTag(doc, tag, node);
  }
  return doc;
}

function addTag(doc, tag, node) {
  const name = tag.tagName.text;
  if (!TAGS.includes(name)) throw new Error(`${node.getSourceFile().fileName}: unknown tag @${name}`);
  let text = joinLines(plain(tag.comment));
  if (name === 'param') doc.params[tag.name.getText()] = text;
  // The compiler takes what follows @throws {X} or @see for a type or a name.
  if (name === 'throws') text = `\`${tag.typeExpression.type.getText()}\` ${text}`;
  if (name === 'see')
    text = joinLines(
      tag
        .getText()
        .replace(/^@see\s*/, '')
        .replace(/\n\s*\*\s?/g, ' ')
        .trim(),
    );
  if (name === 'default')
    text = joinLines(
      tag
        .getText()
        .replace(/^@default\s*/, '')
        .replace(/\n\s*\*\s?/g, ' ')
        .trim(),
    );
  (doc.tags[name] ??= []).push(text);
}

const signatureOf = (node) =>
  node
    .getText()
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/^export\s+(declare\s+)?/, '')
    .replace(/;$/, '')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')');

const nameOf = (node) =>
  ts.isConstructorDeclaration(node) || ts.isConstructSignatureDeclaration(node)
    ? 'constructor'
    : (node.name?.getText() ?? node.name);

const isCallable = (node) =>
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isMethodSignature(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isConstructSignatureDeclaration(node);

/** Overloads are one entry, with the docs of all that have one. */
function collect(nodes) {
  const entries = new Map();
  for (const node of nodes) {
    const name = nameOf(node);
    const isStatic = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
    const key = `${isStatic}.${name}`;
    const doc = docOf(node);
    const kind = isCallable(node) ? 'method' : 'property';
    if (!entries.has(key)) entries.set(key, { name, kind, isStatic, signatures: [], docs: [] });
    const entry = entries.get(key);
    entry.signatures.push(signatureOf(node));
    if (node.jsDoc) entry.docs.push(doc);
    entry.optional = node.questionToken !== undefined;
  }
  return [...entries.values()];
}

function declarationOf(node) {
  const base = { name: nameOf(node), docs: node.jsDoc ? [docOf(node)] : [], signatures: [] };
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
    const heritage = (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.getText()));
    const kind = ts.isClassDeclaration(node) ? 'class' : 'interface';
    return { ...base, kind, heritage, members: collect(node.members) };
  }
  return { ...base, kind: 'type', signatures: [signatureOf(node)] };
}

/** The exported declarations of a file: functions with their overloads, classes, interfaces, types. */
function extract(file) {
  const source = parse(file);
  const isExported = (node) =>
    node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
  const functions = collect(
    source.statements.filter((node) => ts.isFunctionDeclaration(node) && isExported(node)),
  );
  const others = source.statements.filter(
    (node) =>
      (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) &&
      isExported(node),
  );
  // Names that are passed on, with a JSDoc of their own: core's classes.
  const passed = source.statements
    .filter((node) => ts.isExportDeclaration(node) && node.jsDoc && node.exportClause)
    .map((node) => ({
      name: (node.exportClause.elements ?? [node.exportClause]).map((one) => one.name.getText()).join(', '),
      kind: 'passed',
      docs: [docOf(node)],
      signatures: [],
    }));
  return { file, functions, declarations: others.map(declarationOf), passed };
}

module.exports = { extract, joinLines };
