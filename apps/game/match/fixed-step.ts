/** Turns the display's uneven frames into the simulation's even ticks. Pure. */

/** A frame never steps more than this; the rest of the time is dropped (slow motion, no spiral). */
export const TICKS_PER_FRAME_MAX = 8;

export type FixedStep = {
  readonly tickSeconds: number;
  /** Seconds that no tick has covered yet, in [0, tickSeconds). */
  readonly restSeconds: number;
};

export type FixedStepAdvance = {
  step: FixedStep;
  tickCount: number;
  /** How far the picture is between the last two ticks, in [0, 1). */
  blend: number;
};

export function advanceFixedStep(step: FixedStep, elapsedSeconds: number): FixedStepAdvance {
  const { tickSeconds } = step;
  const available = step.restSeconds + Math.max(0, elapsedSeconds);
  // The small addend keeps a frame of exactly n ticks from falling to n - 1 by rounding.
  const whole = Math.floor(available / tickSeconds + 1e-6);
  const tickCount = Math.min(whole, TICKS_PER_FRAME_MAX);
  const restSeconds = Math.max(0, available - whole * tickSeconds);
  return {
    step: { tickSeconds, restSeconds },
    tickCount,
    blend: Math.min(restSeconds / tickSeconds, 1 - 1e-6),
  };
}
