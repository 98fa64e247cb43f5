/**
 * Chooses how many pixels to draw from how long frames take, so that a slow machine stays fluid and
 * a fast one stays sharp. Pure.
 */

export type Resolution = {
  /** Index into the steps: 0 is the sharpest. */
  readonly step: number;
  readonly stepCount: number;
  readonly slowFrames: number;
  readonly goodFrames: number;
  /** Good frames to see before trying sharper again; doubles whenever that was too much. */
  readonly patienceFrames: number;
  /** Frames since the last sharpening, to tell whether it was too much. */
  readonly sinceSharper: number;
};

const SLOW_SECONDS = 1 / 42;
const GOOD_SECONDS = 1 / 56;
const SLOW_FRAMES_MAX = 20;
const PATIENCE_FRAMES = 600;
const PATIENCE_FRAMES_MAX = 20_000;
/** A sharpening that is taken back within this many frames was a mistake. */
const REGRET_FRAMES = 300;

export function startResolution(stepCount: number, step = 0): Resolution {
  return {
    step: Math.max(0, Math.min(step, stepCount - 1)),
    stepCount,
    slowFrames: 0,
    goodFrames: 0,
    patienceFrames: PATIENCE_FRAMES,
    sinceSharper: REGRET_FRAMES,
  };
}

export function observeFrame(state: Resolution, frameSeconds: number): Resolution {
  if (frameSeconds > 0.5) return state; // the tab slept or the machine hiccuped: no evidence
  const slow = frameSeconds > SLOW_SECONDS;
  const slowFrames = slow ? state.slowFrames + 1 : Math.max(0, state.slowFrames - 1);
  const goodFrames = frameSeconds < GOOD_SECONDS ? state.goodFrames + 1 : state.goodFrames;
  const sinceSharper = Math.min(state.sinceSharper + 1, REGRET_FRAMES);
  if (slowFrames >= SLOW_FRAMES_MAX && state.step < state.stepCount - 1) {
    const regretted = sinceSharper < REGRET_FRAMES;
    const patience = regretted ? state.patienceFrames * 2 : state.patienceFrames;
    return {
      ...startResolution(state.stepCount, state.step + 1),
      patienceFrames: Math.min(patience, PATIENCE_FRAMES_MAX),
    };
  }
  if (goodFrames >= state.patienceFrames && slowFrames === 0 && state.step > 0) {
    return {
      ...startResolution(state.stepCount, state.step - 1),
      patienceFrames: state.patienceFrames,
      sinceSharper: 0,
    };
  }
  return { ...state, slowFrames, goodFrames: slow ? 0 : goodFrames, sinceSharper };
}
