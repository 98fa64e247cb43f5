/**
 * Questions whose answers the trusted peers already have, because they recomputed them. They are
 * asked again as ordinary jobs, submitted by a member like any other job; a peer cannot tell them
 * from work, unless it or a friend has seen one before. So each is asked only a few times, and
 * never of the peer that answered it first.
 */
import type { Rng } from '../rng.ts';

export type KnownAnswer = {
  readonly question: string; // content hash of the job's kind and payload
  readonly answer: Uint8Array;
  readonly answeredBy: string;
};

/** A ring of n colluders recognises a question after its first use among them: few uses. */
export const USES_MAX = 2;
export const QUESTIONS_MAX = 4_096;

type Question = KnownAnswer & { uses: number; readonly askedOf: Set<string> };

export class KnownAnswers {
  readonly #questions: Question[] = [];

  get size(): number {
    return this.#questions.length;
  }

  add(known: KnownAnswer): void {
    if (this.#questions.length >= QUESTIONS_MAX) this.#questions.shift(); // the oldest is stalest
    this.#questions.push({ ...known, uses: 0, askedOf: new Set([known.answeredBy]) });
  }

  /** A question for this peer, or null when there is none that it has not met. */
  draw(peer: string, rng: Rng): KnownAnswer | null {
    // A few random tries, not a scan: an unlucky draw only means an ordinary audit instead.
    for (let attempt = 0; attempt < 4 && this.#questions.length > 0; attempt++) {
      const at = rng.nextInt(this.#questions.length);
      const question = this.#questions[at]!;
      if (question.askedOf.has(peer)) continue;
      question.uses++;
      question.askedOf.add(peer);
      if (question.uses >= USES_MAX) {
        this.#questions[at] = this.#questions.at(-1)!;
        this.#questions.pop();
      }
      return question;
    }
    return null;
  }
}
