/**
 * Soccer on both targets, one step at a time from the same state. A GPU may fuse and reassociate, and
 * contacts amplify what that changes, so trajectories are never compared end to end.
 */
import { type Compute, openCompute, openWasm } from '@dreampitch/compute';
import { randomPolicy, soccer, stateFields, VectorEnvironment } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';

const WORLDS = 64;
const STEPS = 240;
/** Of |a - b| / max(1, |b|), in metres, metres per second, radians. */
const TOLERANCE = 1e-4;
/**
 * A contact that one target sees and the other does not, at distances that differ in the last bit,
 * changes a velocity at once. Such worlds are counted, not excused.
 */
const OUTLIERS_PER_STEP_MAX = 0.002;

let gpu: Compute;
let wasm: Compute;
beforeAll(async () => {
  gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  wasm = await openWasm();
});
afterAll(() => {
  gpu[Symbol.dispose]();
  wasm[Symbol.dispose]();
});

type Buffers = VectorEnvironment['buffers'];
const read = async (compute: Compute, environment: VectorEnvironment, name: keyof Buffers) =>
  new Uint32Array((await compute.read(environment.buffers[name])).buffer);

test.each([1, 2, 3] as const)(
  '%i robots a team: a step is the same on both targets',
  async (robots) => {
    const environment = soccer(robots);
    const { bytes, fields } = stateFields(environment);
    using there = await VectorEnvironment.create(gpu, environment, { worldCount: WORLDS });
    using here = await VectorEnvironment.create(wasm, environment, { worldCount: WORLDS });
    const everyone = Uint32Array.from({ length: WORLDS * here.agentCount }, (_, i) => i);
    using policy = await randomPolicy(7).attach(here, everyone);
    here.reset(11);
    let outliers = 0;
    let compared = 0;
    for (let step = 0; step < STEPS; step++) {
      wasm.submit(policy.dispatches);
      gpu.write(there.buffers.worlds, await wasm.read(here.buffers.worlds));
      gpu.write(there.buffers.actions, await wasm.read(here.buffers.actions));
      here.step();
      there.step();
      const [a, b] = [await read(wasm, here, 'worlds'), await read(gpu, there, 'worlds')];
      for (let world = 0; world < WORLDS; world++) {
        const start = (world * bytes) / 4;
        const off = fields.filter(({ word, type }) => {
          const [x, y] = [a[start + word]!, b[start + word]!];
          return type === 'f32' ? !close(asFloat(x), asFloat(y)) : x !== y;
        });
        compared++;
        if (off.length > 0) outliers++;
      }
      if (outliers === 0) {
        for (const name of ['observations', 'rewards'] as const) {
          const [x, y] = [await read(wasm, here, name), await read(gpu, there, name)];
          const length =
            name === 'rewards' ? everyone.length : everyone.length * here.observationSize;
          const off = x
            .subarray(0, length)
            .findIndex((bits, i) => !close(asFloat(bits), asFloat(y[i]!)));
          expect(off, `${name} after step ${step}`).toBe(-1);
        }
        const ends = [await read(wasm, here, 'ends'), await read(gpu, there, 'ends')];
        expect(ends[0]!.subarray(0, WORLDS)).toEqual(ends[1]!.subarray(0, WORLDS));
      }
    }
    expect(outliers / compared).toBeLessThanOrEqual(OUTLIERS_PER_STEP_MAX);
  },
);

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
function asFloat(word: number): number {
  bits[0] = word;
  return float[0]!;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
}
