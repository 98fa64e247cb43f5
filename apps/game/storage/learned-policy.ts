/** What a run learned, from the bytes that its checkpoints keep. */
import type { Player, PolicyNetwork } from '@dreampitch/learning';
import { decodePlayer, decodePolicy, networkPolicy, policyOf } from '@dreampitch/learning';
import type { Policy } from '@dreampitch/sim';

export type LearnedNetwork =
  | { readonly kind: 'player'; readonly player: Player } // of the evolution strategy
  | { readonly kind: 'network'; readonly network: PolicyNetwork };

/** Throws in words where the bytes are neither. */
export function decodeLearned(bytes: Uint8Array): LearnedNetwork {
  const network = decodePolicy(bytes);
  if (network.ok) return { kind: 'network', network: network.network };
  const player = decodePlayer(bytes);
  if (player.ok) return { kind: 'player', player: player.player };
  throw new Error(network.reason === 'not-this-kind' ? player.message : network.message);
}

/** As something that plays. Throws in words. */
export function learnedPolicy(bytes: Uint8Array, name?: string): Policy {
  const learned = decodeLearned(bytes);
  if (learned.kind === 'network') return policyOf(learned.network, name);
  return networkPolicy({ ...learned.player, name: name ?? learned.player.name });
}
