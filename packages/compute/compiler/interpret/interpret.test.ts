/**
 * Random programs, compiled and interpreted: every word of every buffer equal. Where a test of both
 * targets fails (packages/compute/fuzz), this one says whether the compiler is to blame.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Choices } from '../../fuzz/choices.ts';
import { comparable, freshBuffers, SHAPES } from '../../fuzz/buffers.ts';
import { writeProgram } from '../../fuzz/program.ts';
import { runKernel } from '../run-kernel.ts';
import { interpret } from './interpret.ts';

const PROGRAMS = Number(process.env['FUZZ_PROGRAMS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const INTERLEAVED = Object.keys(SHAPES);

function agree(numbers: readonly number[]): void {
  const { wgsl, entries, layout, constants, interleaved } = writeProgram(new Choices(numbers));
  const [compiled, interpreted] = [freshBuffers(), freshBuffers()];
  const [x, y, z] = layout.invocations.map((count, axis) => count / layout.size[axis]!);
  const groups = [x!, y!, z!] as const;
  try {
    for (const entry of entries) {
      const options = { constants, groups, entry };
      const interleave = interleaved ? { interleaved: INTERLEAVED } : {};
      runKernel(wgsl, { ...options, ...interleave, buffers: compiled });
      interpret(wgsl, { ...options, buffers: interpreted });
    }
    for (const [name, words] of Object.entries(compiled)) {
      expect(comparable(name, words), name).toEqual(comparable(name, interpreted[name]!));
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
