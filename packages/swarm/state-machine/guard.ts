/**
 * The guard of a resource outside the replicated state (a file, a device, a model being written):
 * it remembers the greatest token it saw for each resource and refuses every write below it.
 * Tokens are one safe integer: the epoch, then the log position of the grant.
 */
import { EPOCH_MAX } from '../consensus/epoch.ts';

const POSITIONS_PER_EPOCH = 2 ** 40; // 2^13 epochs of 10^12 entries each

export function tokenAt(epoch: number, index: number): number {
  if (epoch > EPOCH_MAX || index >= POSITIONS_PER_EPOCH) {
    throw new RangeError(`no token fits epoch ${epoch}, index ${index}; start a new room`);
  }
  return epoch * POSITIONS_PER_EPOCH + index;
}

/** Resources one guard remembers; a guard that forgets would let a stale token in, so it refuses. */
const RESOURCES_MAX = 65_536;

export class Guard {
  readonly #greatest = new Map<string, number>();

  check(resource: string, token: number): 'accepted' | 'stale' | 'full' {
    const greatest = this.#greatest.get(resource);
    if (greatest === undefined && this.#greatest.size >= RESOURCES_MAX) return 'full';
    if (greatest !== undefined && token < greatest) return 'stale';
    this.#greatest.set(resource, token);
    return 'accepted';
  }
}
