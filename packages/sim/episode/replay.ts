/** Plays an episode again, to any tick, and checks that it comes out the same. */
import type { WasmCompute } from '@dreampitch/compute';
import type { MatchState } from '../match/match.ts';
import type { Episode } from './episode.ts';

export type Mismatch = {
  readonly tick: number;
  readonly field: string; // 'ball.position.x'
  readonly recorded: number;
  readonly replayed: number;
};

export type Verification =
  | { readonly ok: true; readonly keyStateCount: number }
  | {
      readonly ok: false;
      readonly reason: 'version';
      readonly recorded: string;
      readonly here: string;
    }
  | ({ readonly ok: false; readonly reason: 'mismatch' } & Mismatch);

export class Replay implements Disposable {
  readonly episode!: Episode;
  /** After `tick` ticks, and one tick before. */
  state!: MatchState;
  previous!: MatchState;

  /** False: of another version; its key states are shown, one per second, and nothing between. */
  readonly exact!: boolean;

  static create(compute: WasmCompute, episode: Episode): Promise<Replay> {
    void compute;
    void episode;
    return Promise.reject(new Error('being written'));
  }

  /** Goes to a tick, 0 .. tickCount. */
  seek(tick: number): void {
    void tick;
  }

  /** Steps through all of it and compares every key state. Stays where it was. */
  verify(): Verification {
    throw new Error('being written');
  }

  [Symbol.dispose](): void {}
}
