/** One random program on one target, and what two targets have to agree on. */
import type { Compute, ComputeBuffer } from '../compute.ts';
import { INPUT_WORDS, OUTPUT_WORDS, type Program, STATE_BYTES } from './program.ts';
import { WORKGROUP_SIZE } from './workgroup.ts';

const INVOCATIONS = 2 * WORKGROUP_SIZE;
/** What programs without barriers stop at: no whole number of vectors or workgroups. */
const LIMIT = INVOCATIONS - 3;
const STATE_WORDS = STATE_BYTES / 4;
/** Words of State that are floats or padding: b, and between c and the end. */
const FLOAT_WORD = 1;

const EDGES = [0, 1, 2, 31, 32, 0x7fffffff, 0x80000000, 0xffffffff, 3, 65536];

/** Edge cases first, then numbers of every magnitude. */
function inputWords(): Uint32Array {
  let state = 12345;
  return Uint32Array.from({ length: INVOCATIONS * INPUT_WORDS }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 3 === 0 ? EDGES[(i / 3) % EDGES.length]! : state >>> (state % 29);
  });
}

function stateWords(): Uint32Array {
  const words = inputWords();
  const states = new Uint32Array(INVOCATIONS * STATE_WORDS);
  const asFloats = new Float32Array(states.buffer);
  for (let i = 0; i < states.length; i++) {
    if (i % STATE_WORDS === FLOAT_WORD) asFloats[i] = (i % 97) / 4 - 12;
    else states[i] = words[(i * 5) % words.length]!;
  }
  return states;
}

export type Outcome = { output: Uint32Array; states: Uint32Array; counters: Uint32Array };

/** Floats leave as sixteenths, so that the sign of zero does not count. */
function statesOf(words: Uint32Array): Uint32Array {
  const asFloats = new Float32Array(words.buffer);
  for (let i = FLOAT_WORD; i < words.length; i += STATE_WORDS) {
    words[i] = Math.round(asFloats[i]! * 16);
  }
  // Padding is nobody's: c ends at 28, e at 56.
  return words.filter((_, i) => ![2, 3, 7, 14, 15].includes(i % STATE_WORDS));
}

/** `more`: buffers of bindings beyond the usual ones. */
export async function runProgram(
  compute: Compute,
  program: Program,
  more: Readonly<Record<string, ComputeBuffer>> = {},
): Promise<Outcome> {
  const { wgsl, interleaved, loopBudget } = program;
  const kernel = await compute.createKernel({
    label: 'fuzz',
    wgsl,
    entry: 'main',
    loopBudget,
    ...(interleaved ? { interleaved: ['states'] } : {}),
  });
  const buffer = (label: string, words: Uint32Array, interleavedStrideBytes?: number) => {
    const made = compute.createBuffer({ label, bytes: words.byteLength, interleavedStrideBytes });
    compute.write(made, words);
    return made;
  };
  using input = buffer('input', inputWords());
  using output = buffer('output', new Uint32Array(INVOCATIONS * OUTPUT_WORDS));
  using states = buffer('states', stateWords(), interleaved ? STATE_BYTES : undefined);
  using limits = buffer('limits', Uint32Array.of(LIMIT, 77, 2, 5));
  using counters = buffer('counters', new Uint32Array(4));
  const all = { input, output, states, limits, counters, ...more };
  compute.submit([kernel.prepare({ bindings: all, invocations: INVOCATIONS })], { times: 2 });
  const wordsOf = async (one: typeof input) => new Uint32Array((await compute.read(one)).buffer);
  return {
    output: await wordsOf(output),
    states: statesOf(await wordsOf(states)),
    counters: await wordsOf(counters),
  };
}

/** The first word in which they differ, in words; null where they agree. */
export function difference(one: Outcome, other: Outcome): string | null {
  for (const name of ['output', 'states', 'counters'] as const) {
    const at = one[name].findIndex((word, i) => word !== other[name][i]);
    if (at >= 0) return `${name}[${at}]: ${one[name][at]} against ${other[name][at]}`;
  }
  return null;
}
