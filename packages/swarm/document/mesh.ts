/** Who is whose neighbour: every peer computes the same mesh from the same member list. */
import type { PeerId } from '../state-machine/command.ts';

/** `isEager`: the link belongs to the spanning tree along which updates are pushed. */
export type Neighbour = { readonly peer: PeerId; readonly isEager: boolean };

/** Up to here the far side is three hops away at degree three; beyond, degree four. */
const SMALL_ROOM = 16;

/**
 * A ring in order of id with chords: to the opposite peer in a small room, by the square root of
 * the room in a larger one. Degree is at most four, paths are about the square root long, and
 * every peer that is left can reach every other while no two neighbours are gone at once.
 */
export function meshOf(self: PeerId, members: readonly PeerId[]): Neighbour[] {
  const ring = [...new Set(members)].sort();
  const at = ring.indexOf(self);
  if (at < 0) return [];
  const parents = treeOf(ring.length);
  return stepsOf(at, ring.length).map((other) => ({
    peer: ring[other]!,
    isEager: parents[other] === at || parents[at] === other,
  }));
}

function stepsOf(at: number, count: number): number[] {
  const chord = count <= SMALL_ROOM ? count >> 1 : Math.round(Math.sqrt(count));
  const out = new Set([1, -1, chord, -chord].map((step) => (at + step + count) % count));
  out.delete(at);
  return [...out];
}

/** Breadth first from the first of the ring: everyone's parent; -1 for the root. */
function treeOf(count: number): Int32Array {
  const parents = new Int32Array(count).fill(-2);
  parents[0] = -1;
  const queue = [0];
  for (const at of queue) {
    for (const other of stepsOf(at, count)) {
      if (parents[other] !== -2) continue;
      parents[other] = at;
      queue.push(other);
    }
  }
  return parents;
}
