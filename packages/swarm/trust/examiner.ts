/**
 * Known-answer jobs, the leader's part: learns answers from what trusted peers recomputed, asks
 * them again of a chosen peer as a job like any other, and takes back what was not answered. It
 * lives in the leader's memory: to the next leader, a question under way is an ordinary job.
 */
import type { Attempt, Job } from '../jobs/job.ts';
import type { Rng } from '../rng.ts';
import type { Command } from '../state-machine/command.ts';
import type { Machine, Member } from '../state-machine/state.ts';
import type { Delivered } from './judge.ts';
import { KnownAnswers, type KnownAnswer } from './known-answers.ts';

/** A question that is not answered by then is taken back. */
const QUESTION_MS_MAX = 600_000;
/** By then a question that was submitted is in the ledger, or the ledger was full. */
const SUBMIT_MS_MAX = 10_000;

type Asked = { readonly peer: string; readonly known: KnownAnswer; readonly askedMs: number };

export class Examiner {
  readonly #known = new KnownAnswers();
  readonly #asked = new Map<string, Asked>(); // by job
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** That job has this right result; everyone who ran it knows the question. */
  learn(job: Job, answer: Delivered, delivered: readonly Attempt[]): void {
    const spec = { ...job.spec, payload: job.spec.payload.slice(), deadlineInMs: 0 };
    this.#known.add({ spec, answer, ranBy: delivered.map(({ peer }) => peer) });
  }

  /** Nothing where there is no question that this peer can answer and has not met. */
  ask({ peer, info }: Member, nowMs: number): Command[] {
    const known = this.#known.draw(peer, this.#rng);
    if (known === null) return [];
    if (!known.spec.capabilities.every((tag) => info.capabilities.includes(tag))) return [];
    const job = [0, 1].map(() => this.#rng.nextInt(2 ** 32).toString(36)).join('');
    this.#asked.set(job, { peer, known, askedMs: nowMs });
    return [{ type: 'submit', spec: { ...known.spec, job } }];
  }

  /** Whom a job is for, where it is a question: no other peer is to see it. */
  peerFor(job: string): string | null {
    return this.#asked.get(job)?.peer ?? null;
  }

  answerTo(job: Job): Delivered | null {
    return this.#asked.get(job.spec.job)?.known.answer ?? null;
  }

  /** Takes back what was answered wrong, what cannot be answered any more, and what takes long. */
  due(machine: Machine, nowMs: number): Command[] {
    const out: Command[] = [];
    for (const [id, { peer, askedMs }] of this.#asked) {
      const job = machine.ledger.open.get(id);
      if (job === undefined) {
        const isOver = machine.ledger.jobs.has(id) || nowMs - askedMs > SUBMIT_MS_MAX;
        if (isOver) this.#asked.delete(id);
        continue;
      }
      const isHere = machine.members.get(peer)?.liveness === 'alive';
      const isLate = nowMs - askedMs > QUESTION_MS_MAX;
      const isAnswered = job.failures + job.losses > 0;
      if (isAnswered || isLate || !isHere) out.push({ type: 'cancel', job: id });
    }
    return out;
  }
}
