import type { Policy } from './policy.ts';

const unwritten = (): Promise<never> => Promise.reject(new Error('being written'));

/** Plays properly, from the observation alone: roles, approach, defence, passing, freeing itself. */
export const scriptedPolicy: Policy = { name: 'scripted', attach: unwritten };

/** Stands still. */
export const idlePolicy: Policy = { name: 'idle', attach: unwritten };

/** Random wheel speeds, held for a random while. */
export function randomPolicy(seed: number): Policy {
  void seed;
  return { name: 'random', attach: unwritten };
}
