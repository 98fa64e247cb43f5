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
  /** An answer that leaves every state in which it can be given as it is. */
  isPure(input: I, output: O): boolean;
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

/** One configuration of the search: what may come next, and how much of that was tried. */
type Frame<S> = { readonly state: S; readonly candidates: readonly Node[]; tried: number };

export function checkHistory<S, I, O>(
  history: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  stepsMax: number = STEPS_MAX,
): Verdict {
  const head = timeline(history);
  const { length } = history.filter((operation) => operation.output !== null);
  const done = new Uint32Array((history.length >> 5) + 1);
  const seen = new Set<string>();
  const taken: Node[] = [];
  const frameOf = (state: S): Frame<S> => {
    return { state, candidates: candidatesOf(head, history, { state, model }), tried: 0 };
  };
  const frames = [frameOf(model.initial)];
  let answered = 0;
  for (let steps = 0; answered < length; steps++) {
    if (steps > stepsMax) return 'undecided';
    const frame = frames.at(-1)!;
    const node = frame.candidates[frame.tried++];
    if (node === undefined) {
      const last = taken.pop();
      if (last === undefined) return 'violation';
      frames.pop();
      done[last.operation >> 5]! &= ~(1 << (last.operation & 31));
      if (last.answer !== null) answered--;
      unlift(last);
      continue;
    }
    const { input, output } = history[node.operation]!;
    const after = model.apply(frame.state, input, output);
    if (after === null) continue;
    done[node.operation >> 5]! |= 1 << (node.operation & 31);
    const key = keyOf(done, model.key(after));
    if (seen.has(key)) {
      done[node.operation >> 5]! &= ~(1 << (node.operation & 31));
      continue;
    }
    seen.add(key);
    taken.push(node);
    if (node.answer !== null) answered++;
    lift(node);
    frames.push(frameOf(after));
  }
  return 'linearizable';
}

/**
 * What may take effect next: called before the first answer that is still owed. If one of those
 * never changes anything, it alone: to place it now never hurts. Otherwise first
 * those with answers, then those without; and of these only what has an effect, because what has
 * none may as well not have happened.
 */
function candidatesOf<S, I, O>(
  head: Node,
  history: readonly Operation<I, O>[],
  { state, model }: { state: S; model: Model<S, I, O> },
): Node[] {
  const certain: Node[] = [];
  const possible: Node[] = [];
  const before = model.key(state);
  for (let node = head.next; node?.isCall === true; node = node.next) {
    const { input, output } = history[node.operation]!;
    const after = model.apply(state, input, output);
    if (after === null) continue;
    if (output === null) {
      if (model.key(after) !== before) possible.push(node);
    } else if (model.isPure(input, output)) return [node];
    else certain.push(node);
  }
  const answeredAt = (node: Node) => history[node.operation]!.answeredAt;
  certain.sort((a, b) => answeredAt(a) - answeredAt(b));
  return [...certain, ...possible];
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
