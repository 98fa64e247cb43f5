/** One soccer game between people and policies, on strict WASM, recorded as it is played. */
import type { WasmCompute } from '@dreampitch/compute';
import type { Episode } from '../episode/episode.ts';
import type { Policy } from '../policy/policy.ts';
import type { RobotsPerTeam } from '../soccer/soccer.ts';
import type { Rules } from '../soccer/rules.ts';

/** Metres, metres per second, radians; x along the pitch, y to the left of blue's attack. */
export type RobotState = {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly velocityX: number;
  readonly velocityY: number;
  readonly turnRate: number; // radians per second
};

export type BallState = {
  readonly x: number;
  readonly y: number;
  readonly velocityX: number;
  readonly velocityY: number;
};

export type Phase = 'kick-off' | 'play' | 'celebration' | 'over';

/** What happened in the latest tick, for sound and celebration. Strengths are speeds in m/s. */
export type MatchEvent =
  | { readonly type: 'kick'; readonly robot: number; readonly strength: number }
  | { readonly type: 'wall'; readonly strength: number } // the ball met a wall or post
  | { readonly type: 'clash'; readonly strength: number } // robots met each other or a wall
  | { readonly type: 'goal'; readonly team: 0 | 1; readonly robot: number } // the last to touch it
  | { readonly type: 'kick-off' } // play begins
  | { readonly type: 'free-ball' } // a stuck ball was put down elsewhere
  | { readonly type: 'over' };

export type MatchState = {
  readonly tick: number;
  readonly phase: Phase;
  /** Ticks until the phase ends by itself; 0 where it does not. */
  readonly phaseTicks: number;
  readonly score: readonly [blue: number, orange: number];
  readonly ball: BallState;
  /** Blue first, then orange. */
  readonly robots: readonly RobotState[];
  readonly events: readonly MatchEvent[];
};

export type Controller = Policy | 'human';

export type MatchOptions = {
  readonly robotsPerTeam: RobotsPerTeam;
  readonly rules?: Partial<Rules>; // replaces single ones of MATCH_RULES
  readonly seed: number; // u32
  /** One per robot, blue first. */
  readonly controllers: readonly Controller[];
  /** Milliseconds since 1970, kept in the episode. */
  readonly startedAt: number;
};

export class Match implements Disposable {
  /** After the latest tick, and before it (to draw between the two). */
  state!: MatchState;
  previous!: MatchState;
  readonly options!: MatchOptions;
  /** Inputs of the latest tick: int8 [R, 2], left and right wheel. */
  readonly inputs!: Int8Array;

  static create(compute: WasmCompute, options: MatchOptions): Promise<Match> {
    void compute;
    void options;
    return Promise.reject(new Error('being written'));
  }

  /** Wheel commands of a human's robot, -127 .. 127, kept until the next command. */
  command(robot: number, left: number, right: number): void {
    void [robot, left, right];
  }

  /** One tick of 1/60 s. Does nothing once the match is over. */
  step(): void {}

  /** The episode up to now; the match may go on. */
  finish(): Episode {
    throw new Error('being written');
  }

  [Symbol.dispose](): void {}
}
