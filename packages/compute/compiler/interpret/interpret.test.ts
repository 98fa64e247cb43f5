/**
 * Random programs, compiled and interpreted: every word of every buffer equal. Where a test of both
 * targets fails (packages/compute/fuzz), this one says whether the compiler is to blame.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Choices } from '../../fuzz/choices.ts';
import { INPUT_WORDS, OUTPUT_WORDS, STATE_BYTES, writeProgram } from '../../fuzz/program.ts';
import { WORKGROUP_SIZE } from '../../fuzz/workgroup.ts';
import { runKernel } from '../run-kernel.ts';
import { interpret } from './interpret.ts';

const PROGRAMS = Number(process.env['FUZZ_PROGRAMS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const INVOCATIONS = WORKGROUP_SIZE;
const STATE_WORDS = STATE_BYTES / 4;

const EDGES = [0, 1, 2, 31, 32, 0x7fffffff, 0x80000000, 0xffffffff, 3, 65536];

function buffersOf(): Record<string, Uint32Array<ArrayBuffer>> {
  let state = 12_345;
  const input = Uint32Array.from({ length: INVOCATIONS * INPUT_WORDS }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return i % 3 === 0 ? EDGES[(i / 3) % EDGES.length]! : state >>> (state % 29);
  });
  const states = new Uint32Array(INVOCATIONS * STATE_WORDS);
  const floats = new Float32Array(states.buffer);
  for (let i = 0; i < states.length; i++) {
    if (i % STATE_WORDS === 1) floats[i] = (i % 97) / 4 - 12;
    else states[i] = input[(i * 5) % input.length]!;
  }
  return {
    input,
    output: new Uint32Array(INVOCATIONS * OUTPUT_WORDS),
    states,
    limits: Uint32Array.of(INVOCATIONS - 3, 77, 2, 5),
    counters: new Uint32Array(4),
  };
}

/** The float among a state's words, without the sign of zero; padding is nobody's. */
function comparable(name: string, words: Uint32Array<ArrayBuffer>): number[] {
  if (name !== 'states') return [...words];
  const floats = new Float32Array(words.buffer);
  return [...words].map((word, i) => {
    const field = i % STATE_WORDS;
    if (field === 1) return floats[i]! + 0;
    return [2, 3, 7, 14, 15].includes(field) ? 0 : word;
  });
}

function agree(numbers: readonly number[]): void {
  const { wgsl, interleaved } = writeProgram(new Choices(numbers));
  const [compiled, interpreted] = [buffersOf(), buffersOf()];
  try {
    runKernel(wgsl, { buffers: compiled, ...(interleaved ? { interleaved: ['states'] } : {}) });
    interpret(wgsl, { buffers: interpreted, groups: [1, 1, 1] });
    for (const name of Object.keys(compiled)) {
      expect(comparable(name, compiled[name]!), name).toEqual(comparable(name, interpreted[name]!));
    }
  } catch (error) {
    throw new Error(`${String(error)}\n${wgsl}`, { cause: error });
  }
}

test(`${PROGRAMS} random programs do compiled what they do interpreted`, () => {
  const numbers = fc.array(fc.nat({ max: 0xffff }), {
    minLength: 100,
    maxLength: 1200,
    size: 'max',
  });
  fc.assert(fc.property(numbers, agree), { numRuns: PROGRAMS, seed: SEED });
}, 600_000);
