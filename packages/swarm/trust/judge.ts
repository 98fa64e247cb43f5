/** Judges results by the comparators that their jobs name. */
import type { JobSpec } from '../jobs/command.ts';
import type { Rng } from '../rng.ts';
import { equalBytes, EXACT, type Comparator, type Verdict } from './comparator.ts';

export type JudgeOptions = {
  /** By the names that jobs give; whatever is not in here is exact. */
  readonly comparators: ReadonlyMap<string, Comparator>;
  /** A result's bytes by its hash; null while they are under way. */
  readonly bytesOf: (hash: Uint8Array) => Uint8Array | null;
  readonly rng: Rng;
};

/** A result as the ledger has it. */
export type Delivered = { readonly hash: Uint8Array; readonly adapterClass: string };

export class Judge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  #comparatorOf(spec: JobSpec): Comparator {
    return this.#options.comparators.get(spec.comparator) ?? EXACT;
  }

  /** Can one result of that job be judged without another? */
  standsAlone(spec: JobSpec): boolean {
    return this.#comparatorOf(spec).type === 're-stepped';
  }

  /** Is it only a hash so far? */
  lacksBytes({ hash }: Pick<Delivered, 'hash'>): boolean {
    return this.#options.bytesOf(hash) === null;
  }

  /** Bytes are only asked for where hashes differ. `pending`: they are still under way. */
  compare(spec: JobSpec, a: Delivered, b: Delivered): Verdict | 'pending' {
    if (equalBytes(a.hash, b.hash)) return 'same';
    const comparator = this.#comparatorOf(spec);
    if (comparator.type === 're-stepped') return this.check(spec, a);
    if (comparator.type === 'exact') return 'different';
    const first = this.#options.bytesOf(a.hash);
    const second = this.#options.bytesOf(b.hash);
    if (first === null || second === null) return 'pending';
    return comparator.compare(
      { bytes: first, adapterClass: a.adapterClass },
      { bytes: second, adapterClass: b.adapterClass },
    );
  }

  /** Only where it stands alone. */
  check(spec: JobSpec, { hash, adapterClass }: Delivered): Verdict | 'pending' {
    const comparator = this.#comparatorOf(spec);
    const bytes = this.#options.bytesOf(hash);
    if (comparator.type !== 're-stepped' || bytes === null) return 'pending';
    return comparator.check(spec, { bytes, adapterClass }, this.#options.rng);
  }
}
