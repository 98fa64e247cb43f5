/**
 * The layout of private state on WASM: four elements of an array side by side, so that one v128 holds
 * the same word of four lanes. For a WGSL stride of S bytes, word w (4 bytes) of element i lies at
 * (i >> 2) * 4 * S + w * 16 + (i & 3) * 4. Memory holds whole groups of four elements.
 */

/** Bytes that the interleaved array takes: whole groups of four. */
export function interleavedBytes(bytes: number, strideBytes: number): number {
  return Math.ceil(bytes / (4 * strideBytes)) * 4 * strideBytes;
}

/** Walks words `start` to `end` of the WGSL layout with where each lies when interleaved. */
function eachWord(
  range: { start: number; end: number },
  strideWords: number,
  visit: (word: number, interleaved: number) => void,
): void {
  let element = Math.floor(range.start / strideWords);
  let field = range.start % strideWords;
  let base = (element >> 2) * 4 * strideWords + (element & 3);
  for (let word = range.start; word < range.end; word++) {
    visit(word, base + 4 * field);
    if (++field < strideWords) continue;
    field = 0;
    element++;
    base = (element >> 2) * 4 * strideWords + (element & 3);
  }
}

/** Copies `from` (WGSL layout) to `wordOffset` of the array that `to` holds interleaved. */
export function interleave(
  from: Uint32Array,
  to: Uint32Array,
  at: { wordOffset: number; strideBytes: number },
): void {
  const range = { start: at.wordOffset, end: at.wordOffset + from.length };
  eachWord(range, at.strideBytes / 4, (word, interleaved) => {
    to[interleaved] = from[word - at.wordOffset]!;
  });
}

/** The inverse of `interleave`: fills `to` (WGSL layout) from `wordOffset` of the array in `from`. */
export function deinterleave(
  from: Uint32Array,
  to: Uint32Array,
  at: { wordOffset: number; strideBytes: number },
): void {
  const range = { start: at.wordOffset, end: at.wordOffset + to.length };
  eachWord(range, at.strideBytes / 4, (word, interleaved) => {
    to[word - at.wordOffset] = from[interleaved]!;
  });
}
