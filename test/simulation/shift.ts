/**
 * A leader and its workers in simulated time, without consensus: every command is applied at
 * once. Workers take as long as their true speed says, may fail, vanish, or lie.
 */
import {
  applyEntry,
  createMachine,
  createRng,
  encodeProposal,
  LeaderDuties,
  type AuditOptions,
  type Command,
  type JobSpec,
  type Machine,
  type NodeInfo,
  type Proposal,
  type Rng,
  type Strategy,
} from '@dreampitch/swarm';

const INFO: NodeInfo = {
  kind: 'tab',
  capabilities: ['wasm'],
  vouchedBy: '',
  speedPerSecond: 10,
  loadShare: 0,
  slots: 2,
  adapterClass: 'wasm',
  budget: { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: false },
};

const SPEC: JobSpec = {
  job: 'j',
  kind: 'train',
  payload: new Uint8Array(0),
  priority: 0,
  capabilities: [],
  costUnits: 10,
  memoryBytes: 0,
  deadlineInMs: 0,
  attemptsMax: 3,
  backoffMs: 500,
  lifetime: 'burst',
  acceptance: 'first',
  comparator: 'exact',
};

export type SimulatedWorker = {
  readonly peer: string;
  readonly speedPerSecond: number; // true; what it claims is INFO's
  readonly noiseShare?: number; // a result takes 1 .. 1 + noise of its time
  readonly fails?: boolean;
  readonly lies?: (rng: Rng) => boolean;
};

const STEP_MS = 50;
const rightHash = (job: string) => hashOf(`right ${job}`);

function hashOf(text: string): Uint8Array {
  const hash = new Uint8Array(32);
  for (let i = 0; i < text.length; i++)
    hash[i % 32] = (hash[i % 32]! * 31 + text.charCodeAt(i)) & 255;
  return hash;
}

export class Shift {
  readonly machine: Machine = createMachine();
  nowMs = 0;
  readonly #sessions = new Map<string, { session: number; sequence: number }>();
  readonly duties: LeaderDuties;
  readonly rng: Rng;
  /** Running attempts by token: when they end. */
  readonly #ends = new Map<number, number>();
  readonly #gone = new Set<string>();
  readonly #workers: readonly SimulatedWorker[];
  done = 0;

  constructor(options: {
    workers: readonly SimulatedWorker[];
    strategy: Strategy;
    seed: number;
    trusted?: readonly string[];
    audit?: AuditOptions;
  }) {
    this.#workers = options.workers;
    this.rng = createRng(options.seed);
    this.#propose('client', { type: 'join', info: { ...INFO, slots: 0 } });
    for (const { peer } of options.workers) this.#propose(peer, { type: 'join', info: INFO });
    this.duties = new LeaderDuties(
      this.machine,
      {
        self: 'leader',
        strategy: options.strategy,
        rng: this.rng,
        isTrusted: (peer) => options.trusted?.includes(peer) ?? false,
        compare: (_, a, b) =>
          a.result!.hash.every((byte, i) => byte === b.result!.hash[i]) ? 'same' : 'different',
        knownHashOf: () => null,
        ...(options.audit === undefined ? {} : { audit: options.audit }),
      },
      0,
    );
  }

  #propose(peer: string, command: Command): Proposal | null {
    const client = this.#sessions.get(peer) ?? { session: 0, sequence: 0 };
    this.#sessions.set(peer, client);
    if (command.type !== 'join') client.sequence++;
    const { result, proposal } = applyEntry(this.machine, {
      type: 'command',
      index: this.machine.index + 1,
      term: 1,
      command: encodeProposal({ atMs: this.nowMs, peer, ...client, command }),
    });
    if (result.type === 'joined') client.session = result.session;
    return proposal;
  }

  submit(spec: Partial<JobSpec>): void {
    this.#propose('client', { type: 'submit', spec: { ...SPEC, ...spec } });
  }

  /** The peer stops without a word; with `linkClosed` its neighbours see that at once. */
  kill(peer: string, linkClosed: boolean): void {
    this.#gone.add(peer);
    if (linkClosed) this.duties.linkClosed(peer, this.nowMs);
  }

  run(options: { untilMs: number; stopWhenDone?: boolean }): void {
    while (this.nowMs < options.untilMs) {
      this.#step();
      if (options.stopWhenDone && this.machine.ledger.open.size === 0) return;
    }
  }

  #step(): void {
    this.nowMs += STEP_MS;
    for (const { peer } of [{ peer: 'client' }, ...this.#workers]) {
      if (!this.#gone.has(peer)) this.duties.heard(peer, this.nowMs);
    }
    for (const worker of this.#workers) if (!this.#gone.has(worker.peer)) this.#work(worker);
    for (const command of this.duties.due(this.nowMs)) {
      const proposal = this.#propose('', command);
      if (proposal !== null) this.duties.applied(proposal);
    }
  }

  #work(worker: SimulatedWorker): void {
    for (const job of this.machine.ledger.open.values()) {
      const attempt = job.attempts.find((one) => one.peer === worker.peer && one.result === null);
      if (attempt === undefined) continue;
      const { token } = attempt;
      const tookMs = (1000 * job.spec.costUnits) / worker.speedPerSecond;
      const noise = 1 + (worker.noiseShare ?? 0) * this.rng.nextFloat();
      const endsMs = this.#ends.get(token) ?? attempt.startedAtMs + tookMs * noise;
      this.#ends.set(token, endsMs);
      if (endsMs > this.nowMs) continue;
      this.#ends.delete(token);
      const { job: id } = job.spec;
      if (worker.fails === true) {
        const reason = 'broken';
        this.#propose(worker.peer, { type: 'fail', job: id, token, reason, retry: true });
        continue;
      }
      const wrong = worker.lies?.(this.rng) ?? false;
      const hash = wrong ? hashOf(`wrong ${id}`) : rightHash(id);
      this.#propose(worker.peer, { type: 'result', job: id, token, hash });
    }
  }

  /** Accepted results, and how many of them are wrong. */
  accepted(): { count: number; wrong: number } {
    let count = 0;
    let wrong = 0;
    for (const { accepted, spec } of this.machine.ledger.jobs.values()) {
      if (accepted === null) continue;
      count++;
      const right = rightHash(spec.job);
      if (accepted.hash.some((byte, i) => byte !== right[i])) wrong++;
    }
    return { count, wrong };
  }
}
