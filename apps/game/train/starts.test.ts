import { ALGORITHMS } from '@dreampitch/learning';
import { environmentById, soccer } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { fitOf, fitOfStart, type Start } from './starts.ts';

const cartPole = environmentById('CartPole-v1')!;
const ppo = ALGORITHMS.find(({ id }) => id === 'ppo')!;
const wantedWith = (hidden: number[], environment = cartPole) =>
  ppo.weightShapes(environment, { ...ppo.defaultsFor(environment), hidden });

test('weights fit the network that they are of; what is missing begins anew', () => {
  const wanted = wantedWith([16, 8]);
  expect(fitOf(wanted, wanted)).toMatchObject({ ok: true });
  const actor = Object.entries(wanted).filter(([name]) => name.startsWith('actor'));
  const { ok, words } = fitOf(Object.fromEntries(actor), wanted);
  expect([ok, words]).toEqual([true, expect.stringContaining("'critic.0.weight'")]);
});

test('another network is named by its tensors, and offered', () => {
  const fit = fitOf(wantedWith([16, 8]), wantedWith([16, 12]));
  expect(fit).toMatchObject({ ok: false, hidden: [16, 8] });
  expect(fit.words).toContain("'actor.1.weight' is 8 × 16 in it and 12 × 16 here");
});

test('another environment is said as such', () => {
  const fit = fitOf(wantedWith([16]), wantedWith([16], soccer(1)));
  expect(fit).toMatchObject({ ok: false, hidden: null });
  expect(fit.words).toContain('It sees 4 numbers');
});

test('tensors of something else, and none at all', () => {
  const fit = fitOf({ 'encoder.weight': [3] }, wantedWith([16]));
  expect(fit).toMatchObject({
    ok: false,
    words: expect.stringContaining("It holds 'encoder.weight'"),
  });
  expect(fitOf({}, wantedWith([16])).words).toContain('It holds no tensors');
});

test('tensors may be named as what every object has', () => {
  const named = Object.fromEntries(
    ['constructor', 'toString', '__proto__'].map((name) => [name, [3]] as const),
  );
  expect(fitOf(named, wantedWith([16]))).toMatchObject({ ok: false, hidden: null });
  expect(fitOf({ ...wantedWith([16]), ...named }, wantedWith([16])).words).toContain('left aside');
});

test('players of the evolution strategy and weights of algorithms are told apart', () => {
  const none = new Uint8Array();
  const of = { id: 0, from: 'Ada', environment: 'soccer-1v1', tensors: {} };
  const player: Start = { source: 'player', ...of, player: none, bytes: none };
  const wanted = { environment: soccer(1), wanted: {} };
  expect(fitOfStart(player, { algorithm: 'evolution', ...wanted }).ok).toBe(true);
  const elsewhere = { ...wanted, environment: soccer(2) };
  expect(fitOfStart(player, { algorithm: 'evolution', ...elsewhere }).words).toContain(
    'This run trains soccer-2v2. It learned soccer-1v1.',
  );
  expect(fitOfStart(player, { algorithm: 'ppo', ...wanted }).words).toContain('other networks');
  const file: Start = { ...player, source: 'file', player: null };
  expect(fitOfStart(file, { algorithm: 'evolution', ...wanted }).words).toContain('is missing');
});
