/**
 * Random programs with indexes out of range, on WASM: nothing traps, nothing outside a binding
 * changes, and what comes out does not depend on the layout or on the number of threads.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWasm } from '../index.ts';
import { Choices } from './choices.ts';
import { writeProgram } from './program.ts';
import { difference, runProgram } from './run.ts';

const PROGRAMS = 100;
const SEED = 20260721;
const CHOICES_MAX = 800;
const GUARD_BYTE = 0xa5;
/** A whole cache line, so that the guard begins right behind it. */
const SCRAP_WORDS = 16;

test(
  'indexes out of range stay inside their binding, the same in any layout on any thread',
  { timeout: 120_000 },
  async () => {
    const numbers = fc.array(fc.nat({ max: 0xffff }), { maxLength: CHOICES_MAX, size: 'max' });
    using one = await openWasm({ threadCount: 1 });
    using three = await openWasm({ threadCount: 3 });
    const holds = fc.asyncProperty(numbers, async (numbers) => {
      const program = writeProgram(new Choices(numbers), { wild: true });
      const outcomes = await Promise.all(
        [one, three].map(async (compute, i) => {
          // Guards lie before and behind the scrap buffer; the arena puts them side by side.
          using before = compute.createBuffer({ label: 'guard', bytes: 4096 });
          using scrap = compute.createBuffer({ label: 'scrap', bytes: 4 * SCRAP_WORDS });
          using behind = compute.createBuffer({ label: 'guard', bytes: 4096 });
          compute.view(before).fill(GUARD_BYTE);
          compute.view(behind).fill(GUARD_BYTE);
          const outcome = await runProgram(
            compute,
            { ...program, interleaved: i === 1 },
            { scrap },
          );
          for (const guard of [before, behind]) {
            expect(compute.readSync(guard).every((byte) => byte === GUARD_BYTE)).toBe(true);
          }
          return outcome;
        }),
      );
      expect(difference(outcomes[0]!, outcomes[1]!), program.wgsl).toBeNull();
    });
    await fc.assert(holds, { numRuns: PROGRAMS, seed: SEED });
  },
);
