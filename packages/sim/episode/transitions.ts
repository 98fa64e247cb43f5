import type { WasmCompute } from '@dreampitch/compute';
import type { Episode } from './episode.ts';

/** Axes: T ticks, R robots, D features; row-major. Observation t is what action t was chosen from. */
export type Transitions = {
  readonly shape: readonly [T: number, R: number, D: number];
  readonly observations: Float32Array<ArrayBuffer>; // [T + 1, R, D]
  readonly actions: Int8Array<ArrayBuffer>; // [T, R, 2]
  readonly rewards: Float32Array<ArrayBuffer>; // [T, R]
  readonly ends: Uint8Array<ArrayBuffer>; // [T]: TERMINATED, TRUNCATED
};

/** What the robots saw, did and got, exactly, by stepping the episode again. Throws on another version. */
export function transitions(compute: WasmCompute, episode: Episode): Promise<Transitions> {
  void compute;
  void episode;
  return Promise.reject(new Error('being written'));
}
