/** What a peer is willing to lend: a tab is somebody's machine first. */

export type Budget = {
  readonly computeShare: number; // 0 .. 1 of its speed
  readonly memoryBytes: number; // of all jobs together
  readonly batteryShare: number; // 0 .. 1 charged; 1 on mains
  readonly hidden: boolean; // a hidden tab: its timers are throttled, its owner looks elsewhere
};

/** What of a peer's own description says how fast it works for others. */
export type Lender = { readonly speedPerSecond: number; readonly budget: Budget };

export const speedOf = ({ speedPerSecond, budget }: Lender): number =>
  speedPerSecond * budget.computeShare;

/** Below this charge a peer lends nothing: nobody's battery dies for a training run. */
export const BATTERY_SHARE_MIN = 0.3;
/** A hidden tab's Workers run on, but browsers may freeze it: half, and never pinned work. */
export const HIDDEN_SLOTS_SHARE = 0.5;

/** Whatever a peer claims: beyond the cores of one machine it would only hoard the queue. */
export const SLOTS_MAX = 64;

/** How many jobs a peer takes at once under its budget. */
export function slotsWithin(budget: Budget, slots: number): number {
  if (budget.batteryShare < BATTERY_SHARE_MIN || budget.computeShare <= 0) return 0;
  const most = Math.min(slots, SLOTS_MAX);
  const lent = budget.hidden ? most * HIDDEN_SLOTS_SHARE : most;
  return Math.ceil(lent * Math.min(1, budget.computeShare));
}
