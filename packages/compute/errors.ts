/** Errors that callers branch on; every message gives the value, the rule and the cure. */

/** A buffer does not fit into what the target may hold. */
export class ArenaError extends Error {
  override readonly name = 'ArenaError';
}

/** The target refused the kernel; the message carries the target's own. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}

/** The asked target is not there: no adapter, only a software adapter, no WASM SIMD. */
export class NoTargetError extends Error {
  override readonly name = 'NoTargetError';
}

/** The GPU device went away; open a new Compute. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}

/** A loop of a kernel with a `loopBudget` ran longer than it may. */
export class LoopBudgetError extends Error {
  override readonly name = 'LoopBudgetError';
  /** Line of the loop in the kernel's text, from 1. */
  readonly line: number;

  constructor(kernel: string, line: number) {
    super(
      `Kernel '${kernel}': the loop in line ${line} ran longer than its budget and was stopped; ` +
        'let it end, or raise loopBudget.',
    );
    this.line = line;
  }
}
