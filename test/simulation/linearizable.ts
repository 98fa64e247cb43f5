/**
 * Could this history have happened on one copy, one operation at a time, each between its call and
 * its answer (Herlihy and Wing 1990)? The search is Wing and Gong's (1993) with Lowe's memory of
 * configurations seen ("Testing for linearizability", 2017), as in Horn and Kroening's P-compositional
 * checker and Porcupine: one object's history at a time.
 */

/** `answeredAt` Infinity: no answer came, so it may have happened at any time since, or never. */
export type Operation<I, O> = {
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly input: I;
  readonly output: O | null; // null exactly where no answer came
};

export type Model<S, I, O> = {
  readonly initial: S;
  /** The state after the operation; null where it could not answer so from this state. */
  apply(state: S, input: I, output: O | null): S | null;
  /** Equal for equal states. */
  key(state: S): string;
};

/** 'undecided': the search was given up. That is not a pass. */
export type Verdict = 'linearizable' | 'violation' | 'undecided';

const STEPS_MAX = 2_000_000;

/** A call or an answer, in a doubly linked list in order of time. */
type Node = {
  readonly operation: number;
  readonly answer: Node | null; // of a call; null where none came
  readonly isCall: boolean;
  previous: Node | null;
  next: Node | null;
};

export function checkHistory<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  stepsMax: number = STEPS_MAX,
): Verdict {
  const head = timeline(history);
  let unanswered = history.filter((operation) => operation.output !== null).length;
  let state = model.initial;
  const done = new Uint32Array((history.length >> 5) + 1);
  const seen = new Set<string>();
  const taken: { node: Node; state: S }[] = [];
  let node = head.next;
  for (let steps = 0; unanswered > 0; steps++) {
    if (steps > stepsMax) return 'undecided';
    if (node?.isCall === true) {
      const { input, output } = history[node.operation]!;
      const after = model.apply(state, input, output);
      const word = node.operation >> 5;
      const bit = 1 << (node.operation & 31);
      done[word]! |= bit;
      // Without an answer and without an effect it may as well not have happened yet.
      const isIdle = after !== null && output === null && model.key(after) === model.key(state);
      const key = after === null || isIdle ? '' : keyOf(done, model.key(after));
      if (after !== null && !isIdle && !seen.has(key)) {
        seen.add(key);
        taken.push({ node, state });
        state = after;
        if (node.answer !== null) unanswered--;
        lift(node);
        node = head.next;
      } else {
        done[word]! &= ~bit;
        node = node.next;
      }
      continue;
    }
    // An answer whose operation has not been placed, or the end: take the last choice back.
    const last = taken.pop();
    if (last === undefined) return 'violation';
    done[last.node.operation >> 5]! &= ~(1 << (last.node.operation & 31));
    if (last.node.answer !== null) unanswered++;
    state = last.state;
    unlift(last.node);
    node = last.node.next;
  }
  return 'linearizable';
}

function keyOf(done: Uint32Array, state: string): string {
  return `${done.join()}|${state}`;
}

function timeline(history: readonly Operation<unknown, unknown>[]): Node {
  const marks: { at: number; isAnswer: boolean; node: Node }[] = [];
  for (const [operation, { calledAt, answeredAt, output }] of history.entries()) {
    const links = { previous: null, next: null };
    const answer = output === null ? null : { operation, answer: null, isCall: false, ...links };
    const call = { operation, answer, isCall: true, previous: null, next: null };
    marks.push({ at: calledAt, isAnswer: false, node: call });
    if (answer !== null) marks.push({ at: answeredAt, isAnswer: true, node: answer });
  }
  // Calls before answers at the same instant: they may overlap, which asks less of the history.
  marks.sort((a, b) => a.at - b.at || Number(a.isAnswer) - Number(b.isAnswer));
  const head: Node = { operation: -1, answer: null, isCall: false, previous: null, next: null };
  let tail = head;
  for (const { node } of marks) {
    tail.next = node;
    node.previous = tail;
    tail = node;
  }
  return head;
}

function lift(call: Node): void {
  remove(call);
  if (call.answer !== null) remove(call.answer);
}

function unlift(call: Node): void {
  if (call.answer !== null) insert(call.answer);
  insert(call);
}

function remove(node: Node): void {
  node.previous!.next = node.next;
  if (node.next !== null) node.next.previous = node.previous;
}

function insert(node: Node): void {
  node.previous!.next = node;
  if (node.next !== null) node.next.previous = node;
}
