/**
 * Random programs on both targets: every output equal to the bit. More of them:
 * `npm run fuzz -- compute --programs 5000 --seed 7`. A failure prints the shrunk program.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Compute, openCompute, openWasm } from '../index.ts';
import { Choices } from './choices.ts';
import { writeProgram } from './program.ts';
import { difference, runProgram } from './run.ts';

const environment: Record<string, unknown> = import.meta.env;
const PROGRAMS = Number(environment['VITE_FUZZ_PROGRAMS'] ?? 500);
const SEED = Number(environment['VITE_FUZZ_SEED'] ?? 20260721);
/** A target keeps its kernels; this many programs, then a new one. */
const PROGRAMS_PER_TARGET = 250;
const CHOICES_MAX = 1200;
const MS_PER_PROGRAM = 1000;

let targets: Compute[] = [];
let left = 0;

async function openTargets(): Promise<void> {
  for (const target of targets) target[Symbol.dispose]();
  targets = [await openCompute({ target: 'webgpu', allowSoftwareAdapter: true }), await openWasm()];
  left = PROGRAMS_PER_TARGET;
}

beforeAll(openTargets);
afterAll(() => {
  for (const target of targets) target[Symbol.dispose]();
});

async function agree(numbers: readonly number[]): Promise<void> {
  if (left-- === 0) await openTargets();
  const program = writeProgram(new Choices(numbers), { reals: true });
  try {
    const webgpu = await runProgram(targets[0]!, program);
    const wasm = await runProgram(targets[1]!, program);
    expect(difference(wasm, webgpu, program.reals)).toBeNull();
  } catch (error) {
    throw new Error(`${String(error)}\n${program.wgsl}`, { cause: error });
  }
}

test(
  `${PROGRAMS} random programs do the same on both targets`,
  async () => {
    const numbers = fc.array(fc.nat({ max: 0xffff }), {
      minLength: 100,
      maxLength: CHOICES_MAX,
      size: 'max',
    });
    await fc.assert(fc.asyncProperty(numbers, agree), {
      numRuns: PROGRAMS,
      seed: SEED,
      // Then the smallest program so far is shown, however long it would still take to shrink.
      interruptAfterTimeLimit: PROGRAMS * MS_PER_PROGRAM,
      markInterruptAsFailure: true,
    });
  },
  30_000 + PROGRAMS * MS_PER_PROGRAM,
);
