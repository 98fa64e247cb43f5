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
  type Applied,
  type AttemptPurpose,
  type Command,
  type Job,
  type JobSpec,
  type Machine,
  type NodeInfo,
  type Rng,
  type Strategy,
} from '@dreampitch/swarm';
import { JOB, WORKER } from './given.ts';

export type SimulatedWorker = {
  readonly peer: string;
  readonly speedPerSecond: number; // true; what it claims is WORKER's
  readonly info?: Partial<NodeInfo>;
  readonly loadShare?: number; // what it says with every heartbeat
  readonly noiseShare?: number; // a result takes 1 .. 1 + noise of its time
  readonly fails?: boolean;
  /** A wrong answer, whatever it is; null: it answers right. */
  readonly lies?: (job: Job, rng: Rng) => string | null;
  /** Does it still keep a job to itself that it could deliver? */
  readonly waits?: (job: Job, nowMs: number) => boolean;
};

type Task = { readonly job: string; readonly purpose: AttemptPurpose; readonly endsMs: number };

const STEP_MS = 50;

/** The right result follows from the payload, so that a question asked again has the same. */
const rightHash = (payload: Uint8Array) => hashOf(`right ${new TextDecoder().decode(payload)}`);

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
  /** What each peer runs, by token. */
  readonly #tasks = new Map<string, Map<number, Task>>();
  readonly #gone = new Set<string>();
  readonly #workers = new Map<string, SimulatedWorker>();
  /** Results of the client's jobs that were accepted, and how many of them are wrong. */
  readonly accepted = { count: 0, wrong: 0 };
  /** Results that were delivered; `trusted`: of trusted peers' own accord, not to check another. */
  readonly delivered = { first: 0, replica: 0, recomputed: 0, known: 0, trusted: 0 };
  readonly #isTrusted: (peer: string) => boolean;

  constructor(options: {
    workers: readonly SimulatedWorker[];
    strategy: Strategy;
    seed: number;
    trusted?: readonly string[];
    audit?: AuditOptions;
  }) {
    this.rng = createRng(options.seed);
    const trusted = new Set(options.trusted);
    this.#isTrusted = (peer) => trusted.has(peer);
    this.#propose('client', { type: 'join', info: { ...WORKER, slots: 0, vouchedBy: 'room' } });
    for (const worker of options.workers) {
      this.#workers.set(worker.peer, worker);
      this.#tasks.set(worker.peer, new Map());
      this.#propose(worker.peer, { type: 'join', info: { ...WORKER, ...worker.info } });
    }
    this.duties = new LeaderDuties(
      this.machine,
      {
        self: 'leader',
        strategy: options.strategy,
        rng: this.rng,
        isTrusted: this.#isTrusted,
        comparators: new Map(),
        bytesOf: () => null, // every job here is exact
        ...(options.audit === undefined ? {} : { audit: options.audit }),
      },
      0,
    );
  }

  #propose(peer: string, command: Command): void {
    const client = this.#sessions.get(peer) ?? { session: 0, sequence: 0 };
    this.#sessions.set(peer, client);
    if (command.type !== 'join') client.sequence++;
    const applied = applyEntry(this.machine, {
      type: 'command',
      index: this.machine.index + 1,
      term: 1,
      command: encodeProposal({ atMs: this.nowMs, peer, ...client, command }),
    });
    const { result } = applied;
    if (result.type === 'joined') client.session = result.session;
    this.#watch(applied);
  }

  /** Who was given what, and what was accepted. */
  #watch({ events }: Applied): void {
    const { jobs } = this.machine.ledger;
    for (const event of events) {
      if (event.type === 'attempt') {
        const tasks = this.#tasks.get(event.peer);
        if (event.change === 'ended') tasks?.delete(event.token);
        else tasks?.set(event.token, this.#taskOf(event.job, event));
      } else if (event.type === 'job' && event.state === 'done') {
        const { submittedBy, accepted } = jobs.get(event.job)!;
        if (submittedBy !== 'client') continue;
        this.accepted.count++;
        const right = rightHash(new TextEncoder().encode(event.job));
        if (accepted!.hash.some((byte, i) => byte !== right[i])) this.accepted.wrong++;
      }
    }
  }

  #taskOf(id: string, { peer, token }: { peer: string; token: number }): Task {
    const { spec, attempts } = this.machine.ledger.jobs.get(id)!;
    const { speedPerSecond, noiseShare = 0 } = this.#workers.get(peer)!;
    const { purpose } = attempts.find((attempt) => attempt.token === token)!;
    const noise = noiseShare === 0 ? 1 : 1 + noiseShare * this.rng.nextFloat();
    const tookMs = (1000 * spec.costUnits * noise) / speedPerSecond;
    return { job: id, purpose, endsMs: this.nowMs + tookMs };
  }

  submit(spec: Partial<JobSpec>): void {
    const { job } = { ...JOB, ...spec };
    const payload = new TextEncoder().encode(job);
    this.#propose('client', { type: 'submit', spec: { ...JOB, payload, ...spec } });
  }

  /** The peer stops without a word; with `linkClosed` its neighbours see that at once. */
  kill(peer: string, linkClosed: boolean): void {
    this.#gone.add(peer);
    if (linkClosed) this.duties.linkClosed(peer, this.nowMs);
  }

  /** What a peer says of itself changes. */
  inform(peer: string, info: Partial<NodeInfo>): void {
    this.#propose(peer, { type: 'info', info: { ...WORKER, ...info } });
  }

  run(options: { untilMs: number; stopWhenDone?: boolean }): void {
    while (this.nowMs < options.untilMs) {
      this.#step();
      if (options.stopWhenDone && this.machine.ledger.open.size === 0) return;
    }
  }

  #step(): void {
    this.nowMs += STEP_MS;
    for (const peer of ['client', ...this.#workers.keys()]) {
      const load = this.#workers.get(peer)?.loadShare;
      if (!this.#gone.has(peer)) this.duties.heard(peer, this.nowMs, load);
    }
    for (const [peer, tasks] of this.#tasks) {
      if (this.#gone.has(peer)) continue;
      const worker = this.#workers.get(peer)!;
      for (const [token, task] of tasks) {
        if (task.endsMs > this.nowMs) continue;
        const job = this.machine.ledger.jobs.get(task.job)!;
        if (worker.waits?.(job, this.nowMs) !== true) this.#deliver(worker, token, task);
      }
    }
    for (const command of this.duties.due(this.nowMs)) this.#propose('', command);
    this.duties.placed(this.machine.index);
  }

  #deliver({ peer, fails, lies }: SimulatedWorker, token: number, task: Task): void {
    this.#tasks.get(peer)!.delete(token);
    const job = this.machine.ledger.jobs.get(task.job)!;
    if (fails === true) {
      const reason = 'broken';
      return this.#propose(peer, { type: 'fail', job: task.job, token, reason, retry: true });
    }
    const isReplica = task.purpose === 'replica';
    if (job.submittedBy === '') this.delivered.known++;
    else if (this.#isTrusted(peer)) this.delivered[isReplica ? 'recomputed' : 'trusted']++;
    else this.delivered[isReplica ? 'replica' : 'first']++;
    const lie = lies?.(job, this.rng) ?? null;
    const hash = lie === null ? rightHash(job.spec.payload) : hashOf(lie);
    this.#propose(peer, { type: 'result', job: task.job, token, hash });
  }
}
