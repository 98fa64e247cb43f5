/**
 * Foreign bytes applied where a hang can be killed. A second copy of the document lives in a
 * Worker (a worker thread in Node); it tries every foreign update first, and what it hands back is
 * encoded anew by our own Yjs. A worker that does not answer in time, or refuses, is thrown away
 * with whatever the bytes did to it, and a new one starts from the real document. Only what fails
 * in a new copy too is to blame: in an old one updates of others wait for their predecessors, and
 * come to life with the bytes of somebody who knows nothing of them.
 */
import type { Applied } from './replica.ts';
import type { Summary } from './message.ts';

/** One question to the worker; `load` replaces its copy, `apply` may hang. */
export type ReplicaRequest =
  | { readonly id: number; readonly type: 'load'; readonly bytes: Uint8Array }
  | { readonly id: number; readonly type: 'apply'; readonly bytes: Uint8Array }
  | { readonly id: number; readonly type: 'diff'; readonly bytes: Uint8Array } // a state vector
  | { readonly id: number; readonly type: 'summary' };

export type ReplicaReply = { readonly id: number } & (
  | { readonly type: 'load' }
  | { readonly type: 'apply'; readonly applied: Applied }
  | { readonly type: 'diff'; readonly bytes: Uint8Array | null }
  | { readonly type: 'summary'; readonly summary: Summary }
);

/** A Worker in the browser, a worker thread in Node. */
export type ReplicaPort = {
  post(request: ReplicaRequest): void;
  terminate(): void;
};

export type GuardOptions = {
  readonly spawn: (onReply: (reply: ReplicaReply) => void) => ReplicaPort;
  /** The real document, whole: what a new worker starts from. */
  readonly state: () => Uint8Array;
  /** Calls back once after so long, unless cancelled by what it returns. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly timeoutMs?: number;
};

/** busy: not even tried, nobody is to blame. timeout: the bytes hung a worker. */
type GuardFailure = { readonly ok: false; readonly reason: 'busy' | 'timeout' };
export type GuardedApplied =
  | Extract<Applied, { ok: true }>
  | { readonly ok: false; readonly reason: 'invalid' | 'too-large' | 'busy' | 'timeout' };
export type GuardedDiff =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'invalid' | 'busy' | 'timeout' };

/** Honest differences of 5 MB apply in well under a second; a hang takes for ever. */
const TIMEOUT_MS = 5_000;
/** A worker loads the whole document first. */
const LOAD_TIMEOUT_MS = 30_000;
const QUEUE_MAX = 512;

type Question = Omit<Extract<ReplicaRequest, { bytes: Uint8Array }>, 'id'> | { type: 'summary' };
type Answer = ReplicaReply | 'busy' | 'timeout';
type Job = { readonly question: Question; readonly answer: (answer: Answer) => void };

export class GuardedReplica implements Disposable {
  readonly #options: GuardOptions;
  #port: ReplicaPort | null = null;
  /** One at a time: so it is known which bytes hung. */
  readonly #queue: Job[] = [];
  #busy = false;
  #asked = 0;
  #closed = false;
  /** Nothing was applied to the copy since it was loaded. */
  #isFresh = false;
  /** An edit of our own did not reach the copy: it must start over from the real document. */
  #isStale = false;
  #onReply: ((reply: ReplicaReply) => void) | null = null;
  #giveUp: (() => void) | null = null;
  /** Workers thrown away so far. */
  killed = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  async apply(bytes: Uint8Array): Promise<GuardedApplied> {
    const answer = await this.#ask({ type: 'apply', bytes });
    if (!isReply(answer, 'apply')) return failure(answer);
    const { applied } = answer;
    if (applied.ok) return applied;
    // In a new copy too, or it were not the answer: there nothing waits but what these bytes brought.
    return { ok: false, reason: applied.reason === 'crowded' ? 'too-large' : applied.reason };
  }

  /** Our own edits: the copy must know what foreign updates build on. */
  async follow(bytes: Uint8Array): Promise<void> {
    if ((await this.#ask({ type: 'apply', bytes })) === 'busy') this.#isStale = true;
  }

  async diff(stateVector: Uint8Array): Promise<GuardedDiff> {
    const answer = await this.#ask({ type: 'diff', bytes: stateVector });
    if (!isReply(answer, 'diff')) return failure(answer);
    return answer.bytes === null
      ? { ok: false, reason: 'invalid' }
      : { ok: true, bytes: answer.bytes };
  }

  async summary(): Promise<Summary | null> {
    const answer = await this.#ask({ type: 'summary' });
    return isReply(answer, 'summary') ? answer.summary : null;
  }

  async #ask(question: Question): Promise<Answer> {
    if (this.#closed || this.#queue.length >= QUEUE_MAX) return 'busy';
    return new Promise((answer) => {
      this.#queue.push({ question, answer });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      job.answer(await this.#try(job.question));
    }
    this.#busy = false;
  }

  async #try(question: Question): Promise<Answer> {
    if (this.#isStale && this.#port !== null) this.#kill();
    let { answer, isSuspect } = await this.#attempt(question);
    // The copy that it failed in is gone.
    if (isSuspect && !this.#closed) ({ answer, isSuspect } = await this.#attempt(question));
    return this.#closed ? 'busy' : answer;
  }

  /** `isSuspect`: it failed, in a copy to which something was applied before. */
  async #attempt(question: Question): Promise<{ answer: Answer; isSuspect: boolean }> {
    if (this.#port === null) await this.#start();
    if (this.#port === null) return { answer: 'busy', isSuspect: false };
    const wasFresh = this.#isFresh;
    if (question.type === 'apply') this.#isFresh = false;
    const reply = await this.#exchange(question, this.#options.timeoutMs ?? TIMEOUT_MS);
    const failed =
      reply === null ||
      (reply.type === 'apply' && !reply.applied.ok) ||
      (reply.type === 'diff' && reply.bytes === null);
    if (failed) this.#kill(); // half of it may be applied
    return { answer: reply ?? 'timeout', isSuspect: failed && !wasFresh };
  }

  async #start(): Promise<void> {
    if (this.#closed) return;
    this.#isFresh = true;
    this.#isStale = false; // the real document has every edit of ours
    this.#port = this.#options.spawn((reply) => this.#onReply?.(reply));
    const load = { type: 'load', bytes: this.#options.state() } as const;
    if ((await this.#exchange(load, LOAD_TIMEOUT_MS)) === null) this.#kill();
  }

  #exchange(question: Question, timeoutMs: number): Promise<ReplicaReply | null> {
    this.#asked++;
    const id = this.#asked;
    return new Promise((resolve) => {
      const settle = (reply: ReplicaReply | null) => {
        cancel();
        this.#onReply = null;
        this.#giveUp = null;
        resolve(reply);
      };
      const cancel = this.#options.after(timeoutMs, () => settle(null));
      this.#giveUp = () => settle(null);
      this.#onReply = (reply) => {
        if (reply.id === id) settle(reply);
      };
      this.#port!.post({ id, ...question });
    });
  }

  #kill(): void {
    this.#port?.terminate();
    this.#port = null;
    this.killed++;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#port?.terminate();
    this.#port = null;
    this.#giveUp?.();
    for (const { answer } of this.#queue.splice(0)) answer('busy');
  }
}

function isReply<K extends ReplicaReply['type']>(
  answer: Answer,
  type: K,
): answer is Extract<ReplicaReply, { type: K }> {
  return typeof answer !== 'string' && answer.type === type;
}

const failure = (answer: Answer): GuardFailure => ({
  ok: false,
  reason: answer === 'timeout' ? 'timeout' : 'busy',
});
