import type { AttachedPolicy, Policy, VectorEnvironment } from '@dreampitch/sim';
import { parameterCount, type Player } from '../player/player.ts';
import { prepareNetworks } from './network.ts';

/**
 * Lets a player play, wherever a policy can. Attaching throws where the environment is not the
 * player's. A player of another version of it plays all the same: observations mean the same.
 */
export function networkPolicy(player: Player): Policy {
  return {
    name: player.name,
    ticksPerAction: player.ticksPerAction,
    attach: (environment, agents) => attach(player, environment, agents),
  };
}

async function attach(
  player: Player,
  environment: VectorEnvironment,
  agents: Uint32Array,
): Promise<AttachedPolicy> {
  const { id } = environment.environment;
  if (id !== player.environment) {
    throw new Error(`'${player.name}' plays ${player.environment}, not ${id}.`);
  }
  const { compute } = environment;
  const networks = compute.createBuffer({
    label: `player ${player.name}`,
    bytes: 4 * parameterCount(player.network),
  });
  compute.write(networks, player.weights);
  const shape = player.network;
  const driven = await prepareNetworks({ environment, shape, networks, agents });
  return {
    dispatches: [driven.dispatch],
    [Symbol.dispose]() {
      driven[Symbol.dispose]();
      networks[Symbol.dispose]();
    },
  };
}
