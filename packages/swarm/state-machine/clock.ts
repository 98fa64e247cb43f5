/**
 * Machine time. Clocks of tabs disagree by minutes, so no wall clock enters the log: a leader
 * counts on from the machine time it found, by its own monotonic clock. Skew between peers then
 * never ends a lock early; a change of leader only lengthens it by the gap (as etcd's lessor does).
 */
import type { Machine } from './state.ts';

export type MachineClock = { readonly baseMs: number; readonly startedMs: number };

/** Once everything of earlier terms is applied: at the commit of the new leader's no-op. */
export function startMachineClock(machine: Machine, nowMs: number): MachineClock {
  return { baseMs: machine.clockMs, startedMs: nowMs };
}

/** Whole milliseconds: what the leader stamps into a proposal. */
export function machineTimeMs(clock: MachineClock, nowMs: number): number {
  return clock.baseMs + Math.max(0, Math.floor(nowMs - clock.startedMs));
}

/** When machine time passes this, the leader proposes a `tick`; Infinity: nothing is due. */
export function nextDueMs(machine: Machine): number {
  return machine.dueMs;
}
