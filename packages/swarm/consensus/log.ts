/**
 * The replicated log, as a value: every operation returns a new Log, the old one stays what it
 * was. Versions share one array; only appending to a version that is not the newest copies it.
 */
import { configurationBytes } from './configuration.ts';
import { invariant } from './invariant.ts';
import type { Configuration, Entry } from './message.ts';

type Placed = { readonly index: number; readonly configuration: Configuration };

export class Log {
  /** Entries up to here are gone; the snapshot covers them, and may cover more. 0: none are. */
  readonly baseIndex: number;
  readonly baseTerm: number;
  readonly lastIndex: number;
  /** Configurations in the log, oldest first; the first is the snapshot's. Never empty. */
  readonly configurations: readonly Placed[];
  readonly #entries: Entry[]; // #entries[i] has index #start + i; may hold more than lastIndex
  readonly #start: number;

  private constructor(parts: {
    base: { index: number; term: number };
    lastIndex: number;
    configurations: readonly Placed[];
    entries: Entry[];
    start: number;
  }) {
    this.baseIndex = parts.base.index;
    this.baseTerm = parts.base.term;
    this.lastIndex = parts.lastIndex;
    this.configurations = parts.configurations;
    this.#entries = parts.entries;
    this.#start = parts.start;
  }

  static of(
    snapshot: { index: number; term: number; configuration: Configuration },
    entries: readonly Entry[] = [],
  ): Log {
    const empty = new Log({
      base: { index: snapshot.index, term: snapshot.term },
      lastIndex: snapshot.index,
      configurations: [{ index: snapshot.index, configuration: snapshot.configuration }],
      entries: [],
      start: snapshot.index + 1,
    });
    return empty.append(entries);
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex)!;
  }

  /** The latest configuration, committed or not (section 4.1). */
  get configuration(): Configuration {
    return this.configurations.at(-1)!.configuration;
  }

  get configurationIndex(): number {
    return this.configurations.at(-1)!.index;
  }

  configurationAt(index: number): Configuration {
    return this.configurations.findLast((placed) => placed.index <= index)!.configuration;
  }

  /** Undefined: before the snapshot or after the end. */
  termAt(index: number): number | undefined {
    if (index === this.baseIndex) return this.baseTerm;
    return this.entryAt(index)?.term;
  }

  entryAt(index: number): Entry | undefined {
    if (index <= this.baseIndex || index > this.lastIndex) return undefined;
    return this.#entries[index - this.#start];
  }

  /** Entries from `from` to `to`, both included. */
  slice(from: number, to: number): Entry[] {
    invariant(from > this.baseIndex && to <= this.lastIndex, `log has ${from}..${to}`);
    return this.#entries.slice(from - this.#start, to + 1 - this.#start);
  }

  /** Entries from `from` on within the limits, at least one where there is one. */
  batch(from: number, limits: { entriesMax: number; bytesMax: number }): Entry[] {
    const out: Entry[] = [];
    let bytes = 0;
    for (let index = from; index <= this.lastIndex && out.length < limits.entriesMax; index++) {
      const entry = this.entryAt(index)!;
      if (entry.type === 'command') bytes += entry.command.length;
      // A room of 256 has 12 KiB of names: two such entries beside commands exceed a frame.
      if (entry.type === 'configuration') bytes += configurationBytes(entry.configuration);
      if (out.length > 0 && bytes > limits.bytesMax) break;
      out.push(entry);
    }
    return out;
  }

  append(entries: readonly Entry[]): Log {
    if (entries.length === 0) return this;
    const used = this.lastIndex + 1 - this.#start;
    const newest = this.#entries.length === used;
    const own = newest ? this.#entries : this.#entries.slice(0, used);
    const placed: Placed[] = [];
    let index = this.lastIndex;
    for (const entry of entries) {
      index++;
      invariant(entry.index === index, `entry ${entry.index} follows ${index - 1}`);
      own.push(entry);
      if (entry.type === 'configuration')
        placed.push({ index, configuration: entry.configuration });
    }
    const configurations =
      placed.length === 0 ? this.configurations : [...this.configurations, ...placed];
    return this.#with({ lastIndex: index, configurations, entries: own });
  }

  /** Without the entries after `index`. */
  truncate(index: number): Log {
    if (index >= this.lastIndex) return this;
    invariant(index >= this.baseIndex, `what a snapshot covers stays: ${index}`);
    const configurations = this.configurations.filter((placed) => placed.index <= index);
    return this.#with({ lastIndex: index, configurations });
  }

  /** Without the entries up to `index`, which a snapshot now covers. */
  compact(index: number): Log {
    if (index === this.baseIndex) return this;
    const term = this.termAt(index);
    invariant(
      term !== undefined && index <= this.lastIndex,
      `a snapshot at ${index} is in the log`,
    );
    const kept = this.configurations.filter((placed) => placed.index > index);
    return new Log({
      base: { index, term },
      lastIndex: this.lastIndex,
      configurations: [{ index, configuration: this.configurationAt(index) }, ...kept],
      entries: this.#entries.slice(index + 1 - this.#start, this.lastIndex + 1 - this.#start),
      start: index + 1,
    });
  }

  /** The last index up to `index` whose term is at most `term`: where two logs may meet (5.3). */
  meetingPoint(index: number, term: number): number {
    let at = Math.min(index, this.lastIndex);
    while (at > this.baseIndex && this.termAt(at)! > term) at--;
    return at;
  }

  #with(parts: { lastIndex: number; configurations: readonly Placed[]; entries?: Entry[] }): Log {
    return new Log({
      base: { index: this.baseIndex, term: this.baseTerm },
      lastIndex: parts.lastIndex,
      configurations: parts.configurations,
      entries: parts.entries ?? this.#entries,
      start: this.#start,
    });
  }
}
