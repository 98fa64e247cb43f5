/** Simulated time: what happens next, in one order for one seed. A binary heap. */

type Scheduled = { readonly atMs: number; readonly order: number; readonly run: () => void };

export class EventQueue {
  nowMs = 0;
  #order = 0;
  readonly #heap: Scheduled[] = [];

  /** After everything that was scheduled for that time before. */
  after(delayMs: number, run: () => void): void {
    const heap = this.#heap;
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above]!;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  /** Runs the next event if it is due by `untilMs`; false where none is. */
  next(untilMs: number): boolean {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > untilMs) {
      this.nowMs = untilMs;
      return false;
    }
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, last);
    this.nowMs = first.atMs;
    first.run();
    return true;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function sink(heap: Scheduled[], event: Scheduled): void {
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
    if (!isBefore(heap[below]!, event)) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = event;
}
