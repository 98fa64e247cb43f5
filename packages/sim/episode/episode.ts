/** A game that was played: what it takes to play it again to the bit. */
import type { Rules } from '../soccer/rules.ts';

export type KeyState = {
  readonly tick: number;
  /** The kernel's World in WGSL's layout, NaN canonical. */
  readonly world: Uint8Array<ArrayBuffer>;
};

/** Canonically seed + rules + inputs + version; key states prove a replay right, every 60 ticks. */
export type Episode = {
  readonly environment: string; // 'soccer-3v3'
  readonly version: string; // versionOf(environment), hex
  readonly seed: number; // u32
  readonly rules: Rules;
  readonly startedAt: number; // milliseconds since 1970
  /** Who drove each robot, blue first: 'human', 'scripted', a player's name. */
  readonly controllers: readonly string[];
  readonly score: readonly [blue: number, orange: number];
  readonly tickCount: number; // T
  readonly inputs: Int8Array<ArrayBuffer>; // [T, R, 2]: left, right wheel
  readonly keyStates: readonly KeyState[];
};

export type DecodedEpisode =
  | { readonly ok: true; readonly episode: Episode }
  | {
      readonly ok: false;
      readonly reason: 'no-episode' | 'newer-format' | 'older-format' | 'truncated' | 'corrupt';
    };
