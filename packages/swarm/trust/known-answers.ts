/**
 * Questions whose answers are known, because a trusted peer recomputed them. They are asked again
 * as ordinary jobs; who runs one cannot tell it from work unless it, or a friend, met it before.
 * (Whoever keeps the whole log can, so a known answer is never the only kind of audit.) Each is
 * asked only a few times, and never of a peer that ran it.
 */
import type { JobSpec } from '../jobs/command.ts';
import type { Rng } from '../rng.ts';
import type { Delivered } from './judge.ts';

export type KnownAnswer = {
  readonly spec: JobSpec;
  readonly answer: Delivered;
  readonly ranBy: readonly string[];
};

/** A ring of n colluders recognises a question after its first use among them: few uses. */
export const USES_MAX = 2;
/** With a payload of 24 KiB each, at most 12 MiB of the leader's memory. */
export const QUESTIONS_MAX = 512;

type Question = KnownAnswer & { uses: number; readonly met: Set<string> };

export class KnownAnswers {
  readonly #questions: Question[] = [];

  get size(): number {
    return this.#questions.length;
  }

  add(known: KnownAnswer): void {
    if (this.#questions.length >= QUESTIONS_MAX) this.#questions.shift(); // the oldest is stalest
    this.#questions.push({ ...known, uses: 0, met: new Set(known.ranBy) });
  }

  /** A question for this peer, or null when there is none that it has not met. */
  draw(peer: string, rng: Rng): KnownAnswer | null {
    // A few random tries, not a scan: an unlucky draw only means an ordinary audit instead.
    for (let attempt = 0; attempt < 4 && this.#questions.length > 0; attempt++) {
      const at = rng.nextInt(this.#questions.length);
      const question = this.#questions[at]!;
      if (question.met.has(peer)) continue;
      question.uses++;
      question.met.add(peer);
      if (question.uses >= USES_MAX) {
        this.#questions[at] = this.#questions.at(-1)!;
        this.#questions.pop();
      }
      return question;
    }
    return null;
  }
}
