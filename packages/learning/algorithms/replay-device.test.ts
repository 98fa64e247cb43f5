import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Play } from './play.ts';
import { DeviceReplay } from './replay-device.ts';

const [L, D, C, B] = [2, 4, 5, 64]; // actors, features, rows, batch
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

/** A buffer whose steps the test writes: in row t, actor l sees 10 t + l and gains that much. */
async function bench(o: { priorityPower: number | null; nStep?: number; capacity?: number }) {
  const environment = environmentById('CartPole-v1')!;
  const shape = { environment, worldCount: L, ticksPerAction: 1, keepsAfter: true };
  const play = await Play.create(compute, shape);
  const replay = DeviceReplay.create(play, {
    capacity: o.capacity ?? C * L + 1, // one too many for whole rows
    actionWords: 1,
    batchSize: B,
    nStep: o.nStep ?? 1,
    discount: 0.5,
    priorityPower: o.priorityPower,
    seed: 3,
  });
  const make = (label: string, words: number) => compute.createBuffer({ label, bytes: 4 * words });
  const sources = {
    drawn: make('drawn', L),
    updates: make('updates', 1),
    broken: make('broken', 1),
  };
  const errors = make('errors', B);
  const { before, after } = await replay.keeping(sources);
  let t = 0;
  const keep = (ends: readonly number[] = [0, 0]) => {
    const of = (l: number) => 10 * t + l;
    compute.write(
      play.actors.seen,
      new Float32Array(L * D).map((_, i) => of(Math.floor(i / D))),
    );
    compute.write(
      play.after,
      new Float32Array(L * D).map((_, i) => of(Math.floor(i / D)) + 5),
    );
    compute.write(play.outcome, Float32Array.of(of(0), ends[0]!, of(1), ends[1]!));
    compute.write(sources.drawn, Uint32Array.of(t, t + 100));
    compute.submit([...before, ...after]);
    t++;
  };
  const draw = async (update = 0, steps?: number) => {
    compute.write(sources.updates, Float32Array.of(update));
    compute.submit([...(await replay.summing(sources)), ...(await replay.drawing(sources, steps))]);
    const read = (name: string) => compute.readSync(replay.batch[name]!).buffer;
    const outcome = new Float32Array(read('batchOutcome'));
    const seen = new Float32Array(read('batchSeen'));
    const drawn = new Uint32Array(read('batchDrawn'));
    return Array.from({ length: B }, (_, i) => ({
      seen: seen[i * D]!,
      drawn: drawn[i]!,
      gained: outcome[4 * i]!,
      counts: outcome[4 * i + 2]!,
      chance: outcome[4 * i + 3]!,
    }));
  };
  const learn = async (values: Float32Array) => {
    compute.write(errors, values);
    compute.submit(await replay.learning({ ...sources, errors }));
  };
  const dispose = () => {
    for (const part of [replay, play, ...Object.values(sources), errors]) {
      part[Symbol.dispose]();
    }
  };
  return { replay, keep, draw, learn, [Symbol.dispose]: dispose };
}

test.each([null, 0.6])('it keeps the latest rows, priority power %s', async (priorityPower) => {
  using one = await bench({ priorityPower });
  for (let t = 0; t < C + 3; t++) one.keep();
  const seen = new Map<number, number>();
  for (let update = 0; update < 40; update++) {
    for (const step of await one.draw(update)) {
      seen.set(step.seen, (seen.get(step.seen) ?? 0) + 1);
      expect(step.gained).toBe(step.seen);
      expect(step.drawn).toBe(Math.floor(step.seen / 10) + (step.seen % 10) * 100);
    }
  }
  const kept = [3, 4, 5, 6, 7].flatMap((t) => [10 * t, 10 * t + 1]);
  expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual(kept);
  const wanted = (40 * B) / kept.length; // equal chances as long as nothing was learned
  for (const count of seen.values()) expect(Math.abs(count - wanted)).toBeLessThan(wanted / 3);
});

test('chances are the priorities, to the power, over their sum', async () => {
  const power = 0.6;
  using one = await bench({ priorityPower: power });
  for (let t = 0; t < C; t++) one.keep();
  const first = await one.draw();
  const errors = Float32Array.from(first, (step) => 0.1 + (step.seen % 7));
  await one.learn(errors);
  // What was not drawn keeps the priority of what is new: the largest before, 1.
  const priority = new Map<number, number>();
  for (let t = 0; t < C; t++) for (let l = 0; l < L; l++) priority.set(10 * t + l, 1);
  first.forEach((step, i) => priority.set(step.seen, (errors[i]! + 1e-6) ** power));
  const total = [...priority.values()].reduce((a, b) => a + b);
  const counts = new Map<number, number>();
  const draws = 60;
  for (let update = 1; update <= draws; update++) {
    for (const step of await one.draw(update)) {
      const chance = priority.get(step.seen)! / total;
      expect(step.chance).toBeCloseTo(chance * C * L, 3);
      counts.set(step.seen, (counts.get(step.seen) ?? 0) + 1);
    }
  }
  for (const [seen, one] of priority) {
    const wanted = (one / total) * draws * B;
    expect(Math.abs((counts.get(seen) ?? 0) - wanted)).toBeLessThan(2 + wanted / 10);
  }
  // New ones come with the largest priority so far.
  one.keep();
  const most = Math.max(1, ...Array.from(errors, (error) => (error + 1e-6) ** power));
  const rest = [...priority].filter(([seen]) => seen >= 10).map(([, value]) => value);
  const sum = rest.reduce((a, b) => a + b) + L * most;
  const drawn = (await one.draw(99)).filter((step) => step.seen >= 50);
  expect(drawn.length).toBeGreaterThan(0);
  for (const step of drawn) expect(step.chance).toBeCloseTo((most / sum) * C * L, 3);
});

test('steps wait for those that their returns need; beginnings of episodes are nobody’s', async () => {
  using one = await bench({ priorityPower: 0.6, nStep: 3 });
  for (let t = 0; t < 4; t++) one.keep(t === 0 ? [4, 0] : [0, 0]);
  const seen = new Set((await one.draw()).map((step) => step.seen));
  expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 10, 11]);
  const returned = (await one.draw(1)).find((step) => step.seen === 10)!;
  expect(returned.gained).toBe(10 + 0.5 * 20 + 0.25 * 30);
  // The same memory can be asked for shorter ones.
  const shorter = (await one.draw(1, 2)).find((step) => step.seen === 10)!;
  expect(shorter.gained).toBe(10 + 0.5 * 20);
});

test('an error that is no number changes no priority', async () => {
  using one = await bench({ priorityPower: 0.6 });
  for (let t = 0; t < C; t++) one.keep();
  const before = await one.draw();
  await one.learn(new Float32Array(B).fill(Number.NaN));
  expect(await one.draw()).toEqual(before);
});

test('its memory is what its numbers take, and too small a capacity is said', async () => {
  using one = await bench({ priorityPower: null, capacity: 1000 });
  using two = await bench({ priorityPower: null, capacity: 2000 });
  // Two observations, an action, reward and end of every step.
  expect(two.replay.bytes - one.replay.bytes).toBe(1000 * 4 * (2 * D + 1 + 2));
  await expect(bench({ priorityPower: null, capacity: 1 })).rejects.toThrow(
    'capacity 1 holds 0 steps of each of 2 actors',
  );
});

test.each([null, 0.6])(
  'examples come first, side by side, priority power %s',
  async (priorityPower) => {
    using one = await bench({ priorityPower, nStep: 2, capacity: 20 });
    const count = 7; // of two actors: rows 0 to 3, the last place is nobody's
    const rows = Array.from({ length: count }, (_, n) => 100 + n);
    const seen = Float32Array.from({ length: count * D }, (_, i) => rows[Math.floor(i / D)]!);
    const filled = one.replay.startWith({
      count,
      seen,
      done: Uint32Array.from(rows),
      rewards: Float32Array.from(rows),
      after: seen.map((value) => value + 5),
      ends: Uint8Array.of(0, 0, 1, 0, 0, 0, 0),
    });
    expect(filled).toBe(4);
    one.keep(); // 0 and 1 are seen
    one.keep();
    const found = new Map<number, { gained: number; counts: number }>();
    for (let update = 0; update < 8; update++) {
      for (const step of await one.draw(update)) {
        if (step.counts === 0) continue;
        found.set(step.seen, step);
        if (step.seen >= 100) expect(step.drawn).toBe(step.seen);
      }
    }
    // Halves of rewards that follow, but after an end, and where the examples of an actor end.
    const wanted = [100 + 50.5, 101 + 51, 102, 103, 104 + 52.5, 105 + 53, 106, 0 + 5, 1 + 5.5];
    const names = [...rows, 0, 1];
    expect([...found.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, ...rows]);
    names.forEach((name, i) => expect(found.get(name)!.gained).toBe(wanted[i]));
  },
);

test('of more examples than there is room for, the last are kept', async () => {
  using one = await bench({ priorityPower: null, capacity: 6 });
  const count = 9;
  const seen = Float32Array.from({ length: count * D }, (_, i) => Math.floor(i / D));
  const done = new Uint32Array(count);
  const [rewards, ends] = [new Float32Array(count), new Uint8Array(count)];
  const examples = { count, seen, done, rewards, after: seen, ends };
  expect(one.replay.startWith(examples)).toBe(3);
  const found = new Set((await one.draw()).map((step) => step.seen));
  expect([...found].toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8]);
});
