import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById, idlePolicy, parseEnvironment, soccer } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Trainee } from '../algorithms/algorithm.ts';
import { Ppo } from '../algorithms/ppo.ts';
import { algorithmById } from '../algorithms/registry.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../formats/safetensors.ts';
import { decodeMemory, encodeMemory, type Memory, startFrom, whyNotGoOn } from './memory.ts';
import { rememberTask } from './remember.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const pendulum = environmentById('Pendulum-v1')!;
/** Other tasks of the same kind. */
const second = { ...pendulum, id: 'second' };
const third = { ...pendulum, id: 'third' };
const TINY = { worldCount: 4, stepCount: 16, batchSize: 32, epochCount: 2, hidden: [8] };

function learnerOf(environment = pendulum, before?: Memory) {
  const start = before ? startFrom(before, { consolidation: 1, rehearsal: 1 }) : {};
  return Ppo.create(compute, { environment, options: TINY, seed: 1, ...start });
}

async function remembered(trainee: Trainee, before?: Memory) {
  return await rememberTask(compute, {
    trainee,
    before: before ?? null,
    seed: 4,
    examplesMax: 300,
  });
}

/** Three tasks, one after the other. */
async function threeTasks(): Promise<[Memory, Memory, Memory]> {
  const memories: Memory[] = [];
  for (const environment of [pendulum, second, third]) {
    using ppo = await learnerOf(environment, memories.at(-1));
    await ppo.iteration();
    memories.push(await remembered(ppo, memories.at(-1)));
  }
  return memories as [Memory, Memory, Memory];
}

const meanOf = ({ importance }: Memory) => {
  const all = Object.values(importance).flatMap(({ data }) => Array.from(data));
  return all.reduce((a, b) => a + b) / all.length;
};

test('each task has an equal share of the examples, and counts as much', async () => {
  const before = compute.arena.bufferCount;
  const [one, two, three] = await threeTasks();
  expect(compute.arena.bufferCount).toBe(before);
  expect(one.tasks).toEqual([{ task: 'Pendulum-v1', examples: 300 }]);
  expect(two.tasks.map(({ examples }) => examples)).toEqual([150, 150]);
  expect(three.tasks.map(({ task }) => task)).toEqual(['Pendulum-v1', 'second', 'third']);
  expect(three.examples.shape).toEqual([300, 3, 1]);
  // The first 100 of the first task are what they were when it was learned.
  expect(three.examples.seen.subarray(0, 300)).toEqual(one.examples.seen.subarray(0, 300));
  expect(three.examples.given.subarray(0, 100)).toEqual(one.examples.given.subarray(0, 100));
  [one, two, three].forEach((memory, i) => expect(meanOf(memory)).toBeCloseTo(i + 1, 3));
  expect(Object.keys(three.importance).every((name) => name.startsWith('actor.'))).toBe(true);
});

test('a task that is learned once more replaces its examples', async () => {
  using first = await learnerOf();
  const one = await remembered(first);
  using more = await learnerOf(pendulum, one);
  await more.iteration();
  const two = await remembered(more, one);
  expect(two.tasks).toEqual(one.tasks);
  expect(two.examples.given).not.toEqual(one.examples.given);
  expect(meanOf(two)).toBeCloseTo(1, 3);
  const [, , three] = await threeTasks();
  const again = await remembered(more, three);
  expect(again.tasks.map(({ task }) => task)).toEqual(['second', 'third', 'Pendulum-v1']);
  expect(meanOf(again)).toBeCloseTo(3, 3);
});

/** What is seen is how much of the episode of 600 steps is over. */
const CLOCK = `//! dreampitch environment 1
//! name: clock
//! action: numbers -1 .. 1
//! step: 0.02
//! rule stepsMax: 600

struct State {
  steps: f32,
}

struct Observation {
  over: f32,
}

alias Action = f32;

struct Rules {
  stepsMax: u32,
}

fn start(luck: ptr<function, Luck>) -> State {
  return State(0.0);
}

fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
  (*state).steps += 1.0;
  return Outcome(0.0, false);
}

fn look(state: State) -> Observation {
  return Observation(state.steps / 600.0);
}
`;

test('all parts of episodes are remembered alike, of however few examples', async () => {
  const parsed = parseEnvironment(CLOCK);
  if (!parsed.ok) throw new Error(parsed.problems[0]!.message);
  using ppo = await learnerOf(parsed.environment);
  for (const examplesMax of [64, 1000]) {
    const { examples } = await rememberTask(compute, { trainee: ppo, seed: 4, examplesMax });
    const quarters = [0, 0, 0, 0];
    for (const over of examples.seen) quarters[Math.min(Math.floor(4 * over), 3)]! += 1;
    // Four standard deviations of so many draws, and the looks after the end are of beginnings.
    const off = 4 * Math.sqrt((examplesMax * 3) / 16) + 0.1 * examplesMax;
    for (const count of quarters) expect(Math.abs(count - examplesMax / 4)).toBeLessThan(off);
  }
});

test('a network of other layers cannot add to it', async () => {
  using ppo = await learnerOf();
  const memory = await remembered(ppo);
  const options = { ...TINY, hidden: [9] };
  using wider = await Ppo.create(compute, { environment: pendulum, options, seed: 1 });
  await expect(remembered(wider, memory)).rejects.toThrow(
    'actor.0.bias [8], actor.0.weight [8, 3], actor.1.bias [1], actor.1.weight [1, 8]; this network has actor.0.bias [9]',
  );
});

test('of a run that normalised, every run starts from the same policy and keeps it', async () => {
  const environment = environmentById('Acrobot-v1')!;
  const options = { ...TINY, normalises: true };
  using normalised = await Ppo.create(compute, { environment, options, seed: 1 });
  for (let i = 0; i < 3; i++) await normalised.iteration();
  const memory = await remembered(normalised);
  const start = startFrom(memory, { consolidation: 1, rehearsal: 1 });
  const N = 64;
  const examples = {
    shape: [N, 6, 1] as const,
    observations: memory.examples.seen.slice(0, 6 * N),
    actions: new Float32Array(N),
    rewards: new Float32Array(N),
    nextObservations: memory.examples.seen.slice(0, 6 * N),
    ends: new Uint8Array(N),
  };
  const { weights: wanted } = await normalised.policyNetwork();
  const cloning = algorithmById('cloning')!;
  const begun: Trainee[] = [
    await Ppo.create(compute, { environment, options: TINY, seed: 2, ...start }),
    await Ppo.create(compute, { environment, options, seed: 2, ...start }),
    await cloning.create(compute, {
      environment,
      options: { hidden: [8] },
      seed: 2,
      examples,
      ...start,
    }),
  ];
  for (const trainee of begun) {
    const { weights } = await trainee.policyNetwork();
    for (const [name, { data }] of Object.entries(weights)) {
      data.forEach((value, i) => expect(value).toBeCloseTo(wanted[name]!.data[i]!, 4));
    }
    await trainee.iteration();
    trainee[Symbol.dispose]();
  }
});

test('examples are what the policy sees and gives, under its statistics where it has some', async () => {
  for (const normalises of [false, true]) {
    const options = { ...TINY, normalises };
    using ppo = await Ppo.create(compute, { environment: pendulum, options, seed: 1 });
    await ppo.iteration();
    const { examples } = await remembered(ppo);
    const { weights } = await ppo.policyNetwork();
    for (let k = 0; k < 300; k++) {
      const x = Array.from(examples.seen.subarray(3 * k, 3 * k + 3));
      expect(Math.hypot(x[0]!, x[1]!)).toBeCloseTo(1, 3); // cosine and sine
      const h = Array.from(weights['0.bias']!.data, (bias, r) =>
        Math.tanh(x.reduce((s, one, d) => s + one * weights['0.weight']!.data[3 * r + d]!, bias)),
      );
      const out = h.reduce(
        (s, one, r) => s + one * weights['1.weight']!.data[r]!,
        weights['1.bias']!.data[0]!,
      );
      expect(examples.given[k]).toBeCloseTo(out, 4);
    }
  }
});

test('a run starts with what acts, and with fresh values and exploration', async () => {
  using ppo = await learnerOf();
  await ppo.iteration();
  const memory = await remembered(ppo);
  const { from, keep } = startFrom(memory, { consolidation: 2, rehearsal: 0.5 });
  expect(Object.keys(from)).toEqual(Object.keys(memory.importance));
  expect(keep?.consolidation).toMatchObject({ strength: 2, importance: memory.importance });
  expect(keep?.rehearsal).toMatchObject({ strength: 0.5, batchSize: 256 });
  expect(keep?.rehearsal?.examples.given).not.toEqual(memory.examples.given);
  expect(keep?.rehearsal?.examples.given.toSorted()).toEqual(memory.examples.given.toSorted());
  expect(startFrom(memory, { consolidation: 0, rehearsal: 0 })).toEqual({ from });
});

test('soccer, with others on the pitch', async () => {
  const options = { ...TINY, ticksPerAction: 4, worldCount: 8, batchSize: 64 };
  const company = { opponents: [idlePolicy] };
  const o = { environment: soccer(1), options, seed: 1, ...company };
  using ppo = await Ppo.create(compute, o);
  const memory = await rememberTask(compute, {
    trainee: ppo,
    seed: 1,
    examplesMax: 100,
    ...company,
  });
  expect(memory.examples.shape).toEqual([100, 24, 2]);
  expect(whyNotGoOn(memory, soccer(1))).toBeNull();
  expect(whyNotGoOn(memory, soccer(2))).toContain('soccer-2v2 sees 32 numbers and does 2 numbers');
  const cartPole = environmentById('CartPole-v1')!;
  expect(whyNotGoOn(memory, cartPole)).toContain('CartPole-v1 sees 4 numbers and does one of 2');
  using other = await Ppo.create(compute, { environment: cartPole, options: TINY, seed: 1 });
  await expect(remembered(other, memory)).rejects.toThrow('alike in this');
});

test('an algorithm without such a memory is refused in words', async () => {
  const environment = pendulum;
  using sac = await algorithmById('sac')!.create(compute, { environment, seed: 1 });
  await expect(remembered(sac)).rejects.toThrow('sac cannot keep tasks');
});

function tensor(shape: readonly number[], ...data: number[]): NamedTensor {
  return { shape, data: Float32Array.from(data) };
}

type Change = [
  tensors: Readonly<Record<string, NamedTensor>>,
  metadata: Readonly<Record<string, string>>,
  message: string,
];

test('as bytes and back it is the same, and damage is told', async () => {
  using ppo = await learnerOf();
  const memory = await remembered(ppo);
  const bytes = encodeMemory(memory);
  expect(decodeMemory(bytes)).toEqual({ ok: true, memory });
  expect(decodeMemory(bytes.subarray(0, 400))).toMatchObject({ ok: false, reason: 'truncated' });
  const file = decodeSafetensors(bytes);
  if (!file.ok) throw new Error(file.message);
  const { tensors, metadata } = file.file;
  const [, D] = memory.examples.shape;
  const seen = tensor([299, D], ...memory.examples.seen.slice(D));
  const none = { 'examples/seen': tensor([0, D]), 'examples/given': tensor([0, 1]) };
  const changed: Change[] = [
    [{}, { format: 'other' }, 'no memory'],
    [{}, { tasks: '[]' }, 'do not fit its examples'],
    [{}, { tasks: '?' }, 'do not fit its examples'],
    [{}, { kind: 'both' }, 'The examples of this memory'],
    [none, { tasks: '[]' }, 'The examples of this memory'],
    [{ 'examples/seen': seen }, {}, 'The examples of this memory'],
    [{ 'examples/given': tensor([300, 2], ...Array(600).fill(0)) }, {}, 'of another network'],
    [{ 'importance/constructor': tensor([], 1) }, {}, "importance of 'constructor'"],
    [{ 'weights/actor.1.weight': tensor([1, 2], 0, 0) }, {}, 'The weights of this memory'],
    [{ 'weights/critic.0.bias': tensor([1], 0) }, {}, 'The weights of this memory'],
  ];
  for (const bad of [-1, Number.NaN, Infinity]) {
    changed.push([{ 'importance/actor.1.bias': tensor([1], bad) }, {}, "of 'actor.1.bias' is not"]);
    if (bad === -1) continue;
    changed.push([{ 'weights/actor.1.bias': tensor([1], bad) }, {}, 'The weights of this memory']);
  }
  for (const [other, words, message] of changed) {
    const file = { tensors: { ...tensors, ...other }, metadata: { ...metadata, ...words } };
    const decoded = decodeMemory(encodeSafetensors(file));
    expect(decoded).toMatchObject({
      ok: false,
      message: expect.stringContaining(message) as string,
    });
  }
});
