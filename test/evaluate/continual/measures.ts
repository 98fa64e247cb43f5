/** What a sequence of tasks leaves, in numbers. */
import { meanOf } from '../zoo/statistics.ts';

/** Scores: row 0 before training, row k after task k; a column for each task. */
export type Matrix = readonly (readonly number[])[];

export type Measures = {
  /** Of the gain in a task's own stage, what is left at the end; mean over all tasks but the last. */
  readonly keptShare: number;
  /** Best so far less the end, over the gain; the same mean (Chaudhry et al. 2018, arXiv 1801.10112). */
  readonly forgetting: number;
  /** Score right after the own stage; mean over all tasks but the first. */
  readonly learned: number;
  /** Score at the end; mean over all tasks. */
  readonly average: number;
};

export function measuresOf(scores: Matrix): Measures {
  const end = scores.at(-1)!;
  const earlier = end.slice(0, -1).map((last, task) => {
    const first = scores[0]![task]!;
    const own = scores[task + 1]![task]!;
    const best = Math.max(...scores.slice(task + 1).map((row) => row[task]!));
    return { kept: (last - first) / (own - first), lost: (best - last) / (own - first) };
  });
  return {
    keptShare: meanOf(earlier.map(({ kept }) => kept)),
    forgetting: meanOf(earlier.map(({ lost }) => lost)),
    learned: meanOf(end.slice(1).map((_, i) => scores[i + 2]![i + 1]!)),
    average: meanOf(end),
  };
}
