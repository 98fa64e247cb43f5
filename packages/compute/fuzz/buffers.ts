/** What random programs are given, and which words of their buffers say something. */
import { INPUT_WORDS, INVOCATIONS, LIMIT, OUTPUT_WORDS } from './layout.ts';

/** Of one element, with the words that hold floats and those that nobody owns. */
type Shape = {
  readonly bytes: number;
  readonly floats: readonly number[];
  readonly padding: readonly number[];
};

const INNER_WORDS = 6;
const inner = [0, 1, 2, 3].map((k) => k * INNER_WORDS);

/** Structs by the buffers that hold them: State, and Outer of four Inner and a number. */
export const SHAPES = {
  states: { bytes: 64, floats: [1], padding: [2, 3, 7, 14, 15] },
  outers: {
    bytes: 104,
    floats: inner.flatMap((at) => [at + 2, at + 3]),
    padding: [...inner.map((at) => at + 1), 25],
  },
} as const satisfies Record<string, Shape>;

const EDGES = [0, 1, 2, 31, 32, 0x7fffffff, 0x80000000, 0xffffffff, 3, 65536];

/** Edge cases first, then numbers of every magnitude. */
function inputWords(): Uint32Array<ArrayBuffer> {
  let state = 12345;
  return Uint32Array.from({ length: INVOCATIONS * INPUT_WORDS }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 3 === 0 ? EDGES[(i / 3) % EDGES.length]! : state >>> (state % 29);
  });
}

function structWords({ bytes, floats }: Shape): Uint32Array<ArrayBuffer> {
  const from = inputWords();
  const strideWords = bytes / 4;
  const words = new Uint32Array(INVOCATIONS * strideWords);
  const asFloats = new Float32Array(words.buffer);
  for (let i = 0; i < words.length; i++) {
    if (floats.includes(i % strideWords)) asFloats[i] = (i % 97) / 4 - 12;
    else words[i] = from[(i * 5) % from.length]!;
  }
  return words;
}

/** A fresh set, by the names of the bindings. */
export function freshBuffers(): Record<string, Uint32Array<ArrayBuffer>> {
  return {
    input: inputWords(),
    output: new Uint32Array(INVOCATIONS * OUTPUT_WORDS),
    states: structWords(SHAPES.states),
    outers: structWords(SHAPES.outers),
    limits: Uint32Array.of(LIMIT, 77, 2, 5),
    counters: new Uint32Array(4),
  };
}

/** Floats become sixteenths, so that the sign of zero does not count; padding becomes 0. */
export function comparable(name: string, words: Uint32Array<ArrayBuffer>): Uint32Array {
  if (name !== 'states' && name !== 'outers') return words;
  const { bytes, floats, padding }: Shape = SHAPES[name];
  const asFloats = new Float32Array(words.buffer);
  return words.map((word, i) => {
    const field = i % (bytes / 4);
    if (padding.includes(field)) return 0;
    return floats.includes(field) ? Math.round(asFloats[i]! * 16) : word;
  });
}
