'use strict';

// What is one step smaller than a program of http, the boldest steps first.

function* smallerWeb(program) {
  const { exchanges } = program;
  for (let size = exchanges.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < exchanges.length; from += size)
      yield without(program, exchanges.slice(from, from + size));
  for (const name of ['client', 'server'])
    if (Object.keys(program[name]).length > 0) yield { ...program, [name]: {} };
  if (program.keepAlive) yield { ...program, keepAlive: false };
  for (const [at, exchange] of exchanges.entries())
    for (const simpler of simplerExchange(exchange))
      yield { ...program, exchanges: exchanges.with(at, simpler) };
}

/** What waits for an exchange that is gone begins at once. */
function without(program, gone) {
  const ids = new Set(gone.map(({ id }) => id));
  const exchanges = program.exchanges
    .filter(({ id }) => !ids.has(id))
    .map((one) => (ids.has(one.after) ? { ...one, after: undefined } : one));
  return { ...program, exchanges };
}

function* simplerExchange(exchange) {
  for (const at of exchange.acts.keys())
    yield { ...exchange, acts: exchange.acts.filter((_, i) => i !== at) };
  for (const name of ['request', 'response'])
    for (const body of simplerBody(exchange[name])) yield { ...exchange, [name]: body };
  for (const name of ['expect', 'upgrade', 'scribble', 'after', 'via'])
    if (exchange[name]) yield { ...exchange, [name]: undefined };
}

function* simplerBody(body) {
  const { pieces, reader } = body;
  for (let size = pieces.length; size >= 1; size >>= 1)
    for (let from = 0; from < pieces.length; from += size)
      yield { ...body, pieces: [...pieces.slice(0, from), ...pieces.slice(from + size)] };
  if (reader.how !== 'data' || reader.late) yield { ...body, reader: { how: 'data' } };
  for (const name of ['endsWith', 'hints', 'flush', 'begin']) if (body[name]) yield { ...body, [name]: '' };
  for (const [at, piece] of pieces.entries()) {
    if (piece.size > 1) yield { ...body, pieces: pieces.with(at, { ...piece, size: piece.size >> 1 }) };
    if (piece.type !== 'buffer')
      yield { ...body, pieces: pieces.with(at, { ...piece, type: 'buffer', encoding: undefined }) };
    if (piece.wait) yield { ...body, pieces: pieces.with(at, { ...piece, wait: '' }) };
  }
}

module.exports = { smallerWeb };
