'use strict';

// Bytes that tell their place: no two pieces of them look alike, so that one that is lost, doubled or moved shows.

const ALL = Buffer.alloc(1 << 20);
for (let i = 0; i + 4 <= ALL.length; i += 4) ALL.writeUInt32LE((i * 2654435761) >>> 0, i);

/** The first `size` of them. */
function bytes(size) {
  return ALL.subarray(0, size);
}

/** The same in pieces of `step`. */
function pieces(size, step) {
  const list = [];
  for (let i = 0; i < size; i += step) list.push(ALL.subarray(i, Math.min(i + step, size)));
  return list;
}

/** `{ exact, all }`: whether what came is the beginning of the first `size`, and whether it is all of them. */
function compare(chunks, size) {
  const got = Buffer.concat(chunks);
  const exact = got.length <= size && got.equals(bytes(got.length));
  return { exact, all: exact && got.length === size };
}

/** What is sent to a peer that misbehaves: even, and more than one read. */
const SIZE = 100_000;

/** What comes byte by byte. */
const FEW = 5000;

module.exports = { FEW, SIZE, bytes, compare, pieces };
