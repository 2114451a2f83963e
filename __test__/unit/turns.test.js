'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const { LEAST, MOST, Turns, newPace } = require('../../lib/turns.js');

test('a stream may send up to the bound in one turn', () => {
  const turns = new Turns();
  const pace = newPace();
  assert.strictEqual(turns.mayGoOn(pace, LEAST - 1), true);
  assert.strictEqual(turns.mayGoOn(pace, 1), false);
  assert.strictEqual(turns.mayGoOn(newPace(), 1), true, 'another one has its own');
});

test('each turn gives it anew', () => {
  const turns = new Turns();
  const pace = newPace();
  turns.mayGoOn(pace, LEAST);
  turns.begin();
  assert.strictEqual(turns.mayGoOn(pace, 1), true);
  turns.mayGoOn(pace, LEAST);
  turns.resume();
  assert.strictEqual(turns.mayGoOn(pace, 1), true);
});

test('the bound doubles while nobody else had something to do, and falls back when somebody had', () => {
  const turns = new Turns();
  turns.resume();
  assert.strictEqual(turns.bound, 2 * LEAST);
  turns.resume();
  assert.strictEqual(turns.bound, 4 * LEAST);
  turns.noteReader();
  turns.resume();
  assert.strictEqual(turns.bound, LEAST);
  for (let i = 0; i < 30; i++) turns.resume();
  assert.strictEqual(turns.bound, MOST);
});
