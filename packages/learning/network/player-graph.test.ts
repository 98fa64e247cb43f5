import { environmentById, soccer } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { decodePlayer, encodePlayer } from '../player/codec.ts';
import { parameterCount, type Player } from '../player/player.ts';
import { networkShapeFor } from './general.ts';
import { playerOfTensors, playerTensors } from './player-graph.ts';

const environments = [soccer(1), environmentById('CartPole-v1')!, environmentById('Taxi-v4')!];

test.each(environments.map((one) => [one.id, one] as const))(
  '%s: a player taken apart into tensors is put together again',
  (_, environment) => {
    const network = networkShapeFor(environment, 8);
    const weights = Float32Array.from({ length: parameterCount(network) }, (_, i) => Math.sin(i));
    const tensors = playerTensors({ network, weights } as Player);
    const made = playerOfTensors(tensors, { name: 'Ada', environment, version: 'ab12' });
    expect(made).toMatchObject({ name: 'Ada', environment: environment.id, network });
    expect(made.weights).toEqual(weights);
    expect(decodePlayer(encodePlayer(made))).toMatchObject({ ok: true });
  },
);

test('tensors of something else are refused by the first that does not fit', () => {
  const [one, cartPole] = environments as [(typeof environments)[0], (typeof environments)[0]];
  const network = networkShapeFor(cartPole, 8);
  const weights = new Float32Array(parameterCount(network));
  const tensors = playerTensors({ network, weights } as Player);
  const origin = { name: 'Ada', environment: one, version: 'ab12' };
  expect(() => playerOfTensors(tensors, origin)).toThrow(
    "'hidden.weight' is 4 x 8; a player of soc",
  );
  const foreign = { 'actor.0.weight': { shape: [1], data: Float32Array.of(1) } };
  expect(() => playerOfTensors(foreign, origin)).toThrow('missing; there are actor.0.weight');
});
