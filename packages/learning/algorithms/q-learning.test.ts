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

test('what is no agent, and no action, is refused', () => {
  expect(QLearning.load('{"format":9}')).toMatchObject({ ok: false, reason: 'newer-format' });
  expect(QLearning.load('nonsense')).toMatchObject({ ok: false, reason: 'not-this-kind' });
  const damaged = trained(1)
    .save()
    .replace(/\[-?\d[\d.e-]*,/, '["x",');
  expect(QLearning.load(damaged).ok).toBe(false);
  const agent = new QLearning({ actions: ACTIONS, seed: 1 });
  const transition = { state: 1, action: 'up', reward: 0, next: 1, terminated: false };
  expect(() => agent.observe(transition)).toThrow("'up' is none of the actions left, right.");
  expect(agent.learn()).toBeNull();
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
