/** The rules of a soccer game, read by the kernel, so that a replay includes them. Times in ticks. */
export type Rules = {
  /** The episode is over (truncated) after this many ticks; 0: never. */
  readonly ticksMax: number;
  /** The episode is over (terminated) when a team has this many goals; 0: no limit. */
  readonly goalsMax: number;
  /** Nothing moves for this long before a kick-off. */
  readonly kickOffTicks: number;
  /** After a goal the robots drive on for this long before the next kick-off. */
  readonly celebrationTicks: number;
  /** A ball that stayed within 8 cm for this long is put down elsewhere; 0: never. */
  readonly stallTicks: number;
  /** Of a hundred episodes and kick-offs, so many start from random poses instead of the marks. */
  readonly randomStartPercent: number;
};

const TICKS_PER_SECOND = 60;

/** What people play: three minutes, no goal limit. */
export const MATCH_RULES: Rules = {
  ticksMax: 180 * TICKS_PER_SECOND,
  goalsMax: 0,
  kickOffTicks: TICKS_PER_SECOND,
  celebrationTicks: 2 * TICKS_PER_SECOND,
  stallTicks: 6 * TICKS_PER_SECOND,
  randomStartPercent: 0,
};

/** What players learn in: one goal or 20 seconds, no pauses, mostly random poses. */
export const TRAINING_RULES: Rules = {
  ticksMax: 20 * TICKS_PER_SECOND,
  goalsMax: 1,
  kickOffTicks: 0,
  celebrationTicks: 0,
  stallTicks: 4 * TICKS_PER_SECOND,
  randomStartPercent: 70,
};
