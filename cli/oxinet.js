#!/usr/bin/env node
'use strict';

// `npx oxinet COMMAND`.
const COMMANDS = {
  doctor: 'says what oxinet runs on here, and how it compares with core',
  run: 'runs a program over oxinet: npx oxinet run [options of node] app.js [arguments]',
  build: 'builds the add-on from source, where there is no package for the platform',
};

const [name, ...args] = process.argv.slice(2);
const isHelp = (text) => text === '--help' || text === '-h';

if (['--version', '-v', 'version'].includes(name)) {
  console.log(require('../package.json').version);
} else if (Object.hasOwn(COMMANDS, name) && (name === 'run' ? !isHelp(args[0]) : args.length === 0)) {
  require(`./${name}.js`)(args);
} else {
  const isQuestion = isHelp(name) || isHelp(args[0]) || name === undefined || name === 'help';
  const print = isQuestion ? console.log : console.error;
  const fault = Object.hasOwn(COMMANDS, name)
    ? `${name} takes no arguments`
    : `there is no command ${JSON.stringify(name)}`;
  if (!isQuestion) print(`oxinet: ${fault}\n`);
  print('usage: npx oxinet COMMAND\n');
  for (const [command, text] of Object.entries(COMMANDS)) print(`  ${command.padEnd(8)}${text}`);
  process.exitCode = isQuestion ? 0 : 2;
}
