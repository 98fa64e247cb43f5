import { expect, test } from 'vitest';
import { QLearning } from './q-learning.ts';
import { Replay } from './replay.ts';

const ACTIONS = ['left', 'right'];
const LENGTH = 8;

/** A corridor: right ends it at the far end with 1; every step costs 0.01. */
function step(place: number, action: string) {
  const next = Math.max(0, place + (action === 'right' ? 1 : -1));
  const terminated = next === LENGTH;
  return { next, terminated, reward: terminated ? 1 : -0.01 };
}

function walk(agent: QLearning, o: { mode: 'mixed' | 'exploit'; stepsMax: number }): number {
  let place = 0;
  for (let t = 1; t <= o.stepsMax; t++) {
    const state = { place };
    const action = agent.act(state, o.mode);
    const { next, terminated, reward } = step(place, action);
    agent.observe({ state, action, reward, next: { place: next }, terminated });
    if (o.mode === 'mixed') agent.learn();
    place = next;
    if (terminated) return t;
  }
  return o.stepsMax;
}

function trained(seed: number, replayCapacity = 10_000): QLearning {
  const shape = { discount: 0.9, batchSize: 16, replayCapacity };
  const agent = new QLearning({ actions: ACTIONS, seed, ...shape });
  for (let episode = 0; episode < 40; episode++) walk(agent, { mode: 'mixed', stepsMax: 100 });
  return agent;
}

test('it finds the way, with the values that the discount gives', () => {
  const agent = trained(3);
  expect(walk(agent, { mode: 'exploit', stepsMax: 100 })).toBe(LENGTH);
  expect(agent.values({ place: LENGTH - 1 })['right']).toBeCloseTo(1, 1);
  expect(agent.values({ place: LENGTH - 2 })['right']).toBeCloseTo(0.89, 1);
  const { states, epsilon, error } = agent.statistics;
  expect(states).toBe(LENGTH);
  expect(epsilon).toBeLessThan(0.9);
  expect(error).toBeLessThan(0.2);
});

test('what is saved goes on exactly as what was saved', () => {
  const agent = trained(4, 300); // of more transitions than that
  expect(agent.statistics.transitions).toBeGreaterThan(300);
  const loaded = QLearning.load(agent.save());
  if (!loaded.ok) throw new Error(loaded.message);
  for (let i = 0; i < 50; i++) {
    expect(loaded.agent.act({ place: i % LENGTH }, 'mixed')).toBe(
      agent.act({ place: i % LENGTH }, 'mixed'),
    );
    expect(loaded.agent.learn()).toBe(agent.learn());
  }
  expect(loaded.agent.save()).toBe(agent.save());
});

test('states are equal where their JSON is, whatever the order of the keys', () => {
  const agent = new QLearning({ actions: ACTIONS, seed: 1, batchSize: 1 });
  const state = { a: 1, b: [2, { c: 3, d: null }] };
  agent.observe({ state, action: 'left', reward: 1, next: 'end', terminated: true });
  agent.learn();
  expect(agent.values({ b: [2, { d: null, c: 3 }], a: 1 })['left']).toBeCloseTo(0.1);
});

test('modes: exploring ignores what is known, exploiting does not', () => {
  const agent = trained(5);
  const count = (mode: 'explore' | 'exploit') =>
    Array.from({ length: 200 }, () => agent.act({ place: 5 }, mode)).filter((one) => one === 'left')
      .length;
  expect(count('exploit')).toBe(0);
  expect(count('explore')).toBeGreaterThan(60);
});

/** From 'a' right to 'b' for 1, from 'b' right to the end for 2. */
const [FIRST, SECOND] = [
  { state: 'a', action: 'right', reward: 1, next: 'b', terminated: false },
  { state: 'b', action: 'right', reward: 2, next: 'end', terminated: true },
];
const exact = { actions: ACTIONS, seed: 1, learningRate: 0.5, discount: 0.5, batchSize: 1 };

test('values and errors are those found by hand, of a batch', () => {
  const agent = new QLearning(exact);
  agent.observe(FIRST);
  expect(agent.learn()).toBe(1); // 1 + 0.5 x 0 - 0
  expect(agent.values('a')).toEqual({ left: 0, right: 0.5 });
  expect(agent.learn()).toBe(0.5); // 1 + 0.5 x 0 - 0.5
  expect(agent.values('a')).toEqual({ left: 0, right: 0.75 });
  expect(agent.statistics).toMatchObject({ updates: 2, error: 0.5, states: 1, transitions: 1 });

  const negative = new QLearning({ ...exact, batchSize: 2, initialValue: 4 });
  negative.observe(FIRST);
  expect(negative.learn()).toBe(0.75); // of |1 + 0.5 x 4 - 4| = 1, then |3 - 3.5| = 0.5
  expect(negative.values('a')).toEqual({ left: 4, right: 3.25 });
  expect(negative.statistics.error).toBe(0.75);
});

test('where an episode ended by its rules, nothing of what is known there counts', () => {
  const agent = new QLearning({ ...exact, initialValue: 4 });
  agent.observe(SECOND);
  expect(agent.learn()).toBe(2); // |2 - 4|, not |2 + 0.5 x 4 - 4|
  expect(agent.values('b')).toEqual({ left: 4, right: 3 });
});

test('values and errors are those found by hand, of what is replayed, last one first', () => {
  const agent = new QLearning(exact);
  expect(agent.replay([])).toBeNull();
  // b: |2 + 0 - 0| = 2, to 1. a: |1 + 0.5 x 1 - 0| = 1.5, to 0.75.
  expect(agent.replay([FIRST, SECOND])).toBe(1.75);
  expect(agent.values('b')).toEqual({ left: 0, right: 1 });
  expect(agent.values('a')).toEqual({ left: 0, right: 0.75 });
  // b: |2 - 1| = 1, to 1.5. a: |1 + 0.5 x 1.5 - 0.75| = 1, to 1.25.
  expect(agent.replay([FIRST, SECOND])).toBe(1);
  expect(agent.values('b')).toEqual({ left: 0, right: 1.5 });
  expect(agent.values('a')).toEqual({ left: 0, right: 1.25 });
  expect(agent.values('end')).toEqual({ left: 0, right: 0 });
  expect(agent.statistics).toMatchObject({ transitions: 4, states: 2 });
});

const DRAWS = 10_000;
test.each([0, 0.3, 1])(
  "'mixed' takes a random action in a share of %d, as epsilon says",
  (epsilon) => {
    const actions = ['best', 'b', 'c', 'd'];
    const agent = new QLearning({ actions, seed: 11, epsilon });
    agent.replay([{ state: 0, action: 'best', reward: 1, next: 1, terminated: true }]);
    const taken = Array.from({ length: DRAWS }, () => agent.act(0, 'mixed'));
    for (const action of actions) {
      const share = epsilon / actions.length + (action === 'best' ? 1 - epsilon : 0);
      const bound = 5 * Math.sqrt(DRAWS * share * (1 - share)); // standard deviations of a count
      const count = taken.filter((one) => one === action).length;
      expect(Math.abs(count - DRAWS * share)).toBeLessThanOrEqual(bound);
    }
  },
);

test('epsilon after n learning steps is the larger of its least and e d^n, and acts so', () => {
  const [epsilon, epsilonDecay, epsilonLeast] = [0.8, 0.9, 0.2];
  const agent = new QLearning({ ...exact, epsilon, epsilonDecay, epsilonLeast });
  expect(agent.learn()).toBeNull();
  agent.observe(FIRST);
  expect(agent.statistics.epsilon).toBe(epsilon);
  for (let n = 1; n <= 30; n++) {
    agent.learn();
    const wanted = Math.max(epsilonLeast, epsilon * epsilonDecay ** n);
    expect(agent.statistics.epsilon).toBeCloseTo(wanted, 12);
  }
  expect(agent.statistics.epsilon).toBe(epsilonLeast); // from the 14th on
  agent.replay([FIRST, SECOND]);
  expect(agent.statistics.epsilon).toBe(epsilonLeast);
  const taken = Array.from({ length: DRAWS }, () => agent.act('a', 'mixed'));
  const share = taken.filter((one) => one === 'left').length / DRAWS;
  expect(Math.abs(share - epsilonLeast / 2)).toBeLessThan(0.015); // 5 standard deviations
});

test('what is no agent is refused, with the reason', () => {
  expect(QLearning.load('{"format":9}')).toMatchObject({ ok: false, reason: 'newer-format' });
  for (const text of ['nonsense', 'null', '7', '[]', '{}']) {
    expect(QLearning.load(text)).toMatchObject({ ok: false, reason: 'not-this-kind' });
  }
});

type Damage = (saved: Record<string, unknown>) => void;
const replayed = { state: 1, action: 'left', reward: 0, next: 2, terminated: false };
const DAMAGES: Record<string, Damage> = {
  'a value that is no number': (saved) => (saved['table'] = [['1', ['x', 0]]]),
  'a value too few': (saved) => (saved['table'] = [['1', [0]]]),
  'no table': (saved) => delete saved['table'],
  'a reward that is no number': (saved) => (saved['replay'] = [{ ...replayed, reward: null }]),
  'an unknown action': (saved) => (saved['replay'] = [{ ...replayed, action: 'up' }]),
  'a transition without a state': (saved) => (saved['replay'] = [{ action: 'left', reward: 0 }]),
  'an epsilon beyond 1': (saved) => (saved['epsilon'] = 2),
  'a count that is none': (saved) => (saved['updates'] = -1),
  'draws that are none': (saved) => (saved['draws'] = null),
  'an error that is none': (saved) => (saved['error'] = 'x'),
  'no seed': (saved) => (saved['options'] = { actions: ACTIONS }),
};

test.each(Object.entries(DAMAGES))('a saved agent with %s is refused as damaged', (_, damage) => {
  const saved = JSON.parse(trained(1, 50).save()) as Record<string, unknown>;
  expect(QLearning.load(JSON.stringify(saved)).ok).toBe(true);
  damage(saved);
  expect(QLearning.load(JSON.stringify(saved))).toMatchObject({ ok: false, reason: 'corrupt' });
});

test('what cannot be learned from is refused, and nothing of it is kept', () => {
  const agent = new QLearning(exact);
  expect(() => agent.observe({ ...replayed, action: 'up' })).toThrow(
    "'up' is none of the actions left, right.",
  );
  for (const reward of [NaN, Infinity]) {
    expect(() => agent.observe({ ...replayed, reward })).toThrow(
      `The reward of 'left' is ${reward}`,
    );
  }
  const state = { place: NaN };
  expect(() => agent.observe({ ...replayed, state })).toThrow("In a state, 'place' is NaN");
  expect(() => agent.observe({ ...replayed, next: undefined as never })).toThrow('undefined');
  expect(() => agent.replay([replayed, { ...replayed, reward: NaN }])).toThrow('NaN');
  expect(() => agent.act(NaN, 'exploit')).toThrow('The state is NaN');
  expect(agent.statistics).toMatchObject({ transitions: 0, states: 0 });
  expect(agent.learn()).toBeNull();
});

test.each([
  ['learningRate', 2],
  ['discount', NaN],
  ['epsilon', -0.1],
  ['batchSize', 1.5],
  ['replayCapacity', 0],
  ['seed', -1],
])('an agent with %s %d is refused, naming it', (name, value) => {
  expect(() => new QLearning({ ...exact, [name]: value })).toThrow(`${name} is ${value}; want`);
});

test('a full replay buffer keeps the latest, and draws all of them about equally', () => {
  const replay = new Replay<number>(10);
  for (let i = 0; i < 25; i++) replay.add(i);
  expect(replay.toArray()).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  const drawn = replay.sample(10_000, 7);
  for (let i = 15; i < 25; i++) {
    const count = drawn.filter((one) => one === i).length;
    expect(Math.abs(count - 1000)).toBeLessThan(150);
  }
  expect(replay.sample(5, 7)).toEqual(drawn.slice(0, 5));
});
