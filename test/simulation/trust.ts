/**
 * A hundred peers deliver two thousand results each; a fifth of them are adversaries of one kind.
 * Acceptance is final. The rules are the room's own (trust/); only who computes is simulated.
 */
import {
  AUDIT_DEFAULTS,
  audited,
  createReputation,
  createRng,
  drawAudit,
  isReleased,
  KnownAnswers,
  type AuditOptions,
  type Reputation,
  type Rng,
} from '@dreampitch/swarm';
import { figureOf, type Figure } from '../bench/figure.ts';

/** liars: wrong in half of their results from the start, each in its own way. sleepers: right
 * until they are established, then wrong in one of five. colluders: sleepers that agree on the
 * same wrong results, confirm each other, deny honest peers, and share which questions they met.
 */
export type AdversaryKind = 'liars' | 'sleepers' | 'colluders';

type Outcome = {
  accepted: number;
  acceptedWrong: number;
  /** Attempts that were no useful result: replicas, known answers, recomputations, and what a
   * caught peer had delivered in vain. */
  spent: Record<'replicas' | 'known' | 'recomputed' | 'wasted', number>;
  honestQuarantined: number;
  adversariesQuarantined: number;
};

type Options = {
  readonly kind: AdversaryKind | null;
  readonly seed: number;
  readonly peerCount: number;
  readonly resultsPerPeer: number;
  readonly audit?: AuditOptions;
  readonly lieShare?: number; // other than the kind's own
};

const ADVERSARY_SHARE = 0.2;
const SLEEP_RESULTS = 100; // established by then: audited at the least rate
const LIE_SHARE = { liars: 0.5, sleepers: 0.2, colluders: 0.2 } as const;
/** Honest machines err too: one wrong result in a hundred thousand (bit flips, broken drivers). */
const HONEST_ERROR_SHARE = 1e-5;
/** Of the audits, how many are questions with a known answer, when there is one to ask. */
const KNOWN_SHARE = 0.25;
const NO_BYTES = new Uint8Array(0);

type Peer = {
  readonly id: number;
  readonly kind: AdversaryKind | 'honest';
  readonly reputation: Reputation;
  delivered: number;
  held: { passedAt: number; right: boolean }[];
};

class Campaign {
  readonly outcome: Outcome = {
    accepted: 0,
    acceptedWrong: 0,
    spent: { replicas: 0, known: 0, recomputed: 0, wasted: 0 },
    honestQuarantined: 0,
    adversariesQuarantined: 0,
  };
  readonly #rng: Rng;
  readonly #audit: AuditOptions;
  readonly #peers: Peer[];
  readonly #known = new KnownAnswers();
  /** Jobs that any colluder has met: asked again, all of them recognise it. */
  readonly #met = new Set<number>();
  readonly #lieShare: number | undefined;
  #job = 0;

  constructor(options: Options) {
    this.#rng = createRng(options.seed);
    this.#audit = options.audit ?? AUDIT_DEFAULTS;
    this.#lieShare = options.lieShare;
    const adversaries = options.kind === null ? 0 : options.peerCount * ADVERSARY_SHARE;
    this.#peers = Array.from({ length: options.peerCount }, (_, id) => ({
      id,
      kind: id < adversaries ? options.kind! : 'honest',
      reputation: createReputation(),
      delivered: 0,
      held: [],
    }));
    for (let round = 0; round < options.resultsPerPeer; round++) {
      for (const peer of this.#peers) if (isGood(peer)) this.#deliver(peer);
    }
    for (const peer of this.#peers) this.#settle(peer);
  }

  #deliver(peer: Peer): void {
    const rng = this.#rng;
    const kind = drawAudit(peer.reputation, this.#audit, rng);
    if (kind !== 'none' && rng.nextFloat() < KNOWN_SHARE && this.#ask(peer)) return;
    const job = this.#job++;
    const right = this.#isRight(peer, job);
    peer.delivered++;
    if (kind === 'recompute') this.#recompute(peer, { job, right });
    else if (kind === 'replica') this.#replicate(peer, { job, right });
    else peer.held.push({ passedAt: peer.reputation.passed, right });
    this.#release(peer);
  }

  /** A question with a known answer, in place of a job; false: there is none for this peer. */
  #ask(peer: Peer): boolean {
    const question = this.#known.draw(String(peer.id), this.#rng);
    if (question === null) return false;
    this.outcome.spent.known++;
    const job = Number(question.question);
    const recognised = peer.kind === 'colluders' && this.#met.has(job); // answered right
    this.#judge(peer, recognised || this.#isRight(peer, job));
    this.#release(peer);
    return true;
  }

  /** What a peer answers to that job; colluders agree without a word. */
  #isRight(peer: Peer, job: number): boolean {
    if (peer.kind === 'colluders') this.#met.add(job);
    if (peer.kind === 'honest') return this.#rng.nextFloat() >= HONEST_ERROR_SHARE;
    const lieShare = this.#lieShare ?? LIE_SHARE[peer.kind];
    if (peer.kind === 'liars') return this.#rng.nextFloat() >= lieShare;
    if (peer.delivered < SLEEP_RESULTS) return true;
    if (peer.kind === 'sleepers') return this.#rng.nextFloat() >= lieShare;
    return (Math.imul(job, 0x9e3779b1) >>> 0) / 2 ** 32 >= lieShare;
  }

  #recompute(peer: Peer, result: { job: number; right: boolean }): void {
    this.outcome.spent.recomputed++;
    this.#accept(true); // the trusted peer's own result, where the other was wrong
    const question = String(result.job);
    this.#known.add({ question, answer: NO_BYTES, answeredBy: String(peer.id) });
    this.#judge(peer, result.right);
  }

  #replicate(peer: Peer, result: { job: number; right: boolean }): void {
    const good = this.#peers.filter((other) => other !== peer && isGood(other));
    const other = good[this.#rng.nextInt(good.length)];
    if (other === undefined) return this.#recompute(peer, result);
    this.outcome.spent.replicas++;
    const both = peer.kind === 'colluders' && other.kind === 'colluders';
    const otherRight = both
      ? result.right
      : this.#slander(other) && this.#isRight(other, result.job);
    // Independent wrong results differ; colluders' agree.
    const same = result.right ? otherRight : both;
    if (!same) {
      this.#recompute(peer, result);
      if (!otherRight) this.#judge(other, false);
      return;
    }
    peer.held.push({ passedAt: peer.reputation.passed, right: result.right });
    this.#judge(peer, true);
  }

  /** A colluder denies an honest peer's result one time in five, hoping to hurt it. */
  #slander(other: Peer): boolean {
    if (other.kind !== 'colluders' || other.delivered < SLEEP_RESULTS) return true;
    return this.#rng.nextFloat() >= LIE_SHARE.colluders;
  }

  #judge(peer: Peer, right: boolean): void {
    if (!isGood(peer)) return;
    audited(peer.reputation, right, 0);
    // Under suspicion, what it has waiting is looked at, one after the other.
    while (isGood(peer) && peer.reputation.suspicion > 0 && peer.held.length > 0) {
      const held = peer.held.pop()!;
      this.outcome.spent.recomputed++;
      this.#accept(true);
      audited(peer.reputation, held.right, 0);
    }
    if (isGood(peer)) return;
    this.outcome.spent.wasted += peer.held.length;
    peer.held = [];
    if (peer.kind === 'honest') this.outcome.honestQuarantined++;
    else this.outcome.adversariesQuarantined++;
  }

  #release(peer: Peer): void {
    while (isGood(peer) && peer.held.length > 0) {
      const first = peer.held[0]!;
      if (!isReleased(peer.reputation, first.passedAt, this.#audit)) return;
      peer.held.shift();
      this.#accept(first.right);
    }
  }

  /** The end: nobody delivers any more, so what waits is recomputed until it may go. */
  #settle(peer: Peer): void {
    while (isGood(peer) && peer.held.length > 0) {
      const at = this.#rng.nextInt(peer.held.length);
      const [sample] = peer.held.splice(at, 1);
      this.outcome.spent.recomputed++;
      this.#accept(true);
      this.#judge(peer, sample!.right);
      this.#release(peer);
    }
  }

  #accept(right: boolean): void {
    this.outcome.accepted++;
    if (!right) this.outcome.acceptedWrong++;
  }
}

const isGood = (peer: Peer) => peer.reputation.standing === 'good';

export function runCampaign(options: Options): Outcome {
  return new Campaign(options).outcome;
}

const SHAPE = { peerCount: 100, resultsPerPeer: 2_000 } as const;

/** Who lies more rarely is caught later and does less: the worst is somewhere between. */
const LIE_SHARES = [0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001] as const;

/** `npm run simulate -- --trust`: medians and spreads over the seeds. */
export async function trustFigures(seeds: readonly number[] = [1, 2, 3]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of ['liars', 'sleepers', 'colluders'] as const) {
    const outcomes = seeds.map((seed) => runCampaign({ ...SHAPE, kind, seed }));
    const wrong = outcomes.map((one) => one.acceptedWrong / one.accepted);
    const overhead = outcomes.map(({ spent, accepted }) => {
      return (spent.replicas + spent.known + spent.recomputed + spent.wasted) / accepted;
    });
    const caught = outcomes.map((one) => one.adversariesQuarantined);
    figures.push(
      figureOf(`${kind}.acceptedWrong`, 'share', wrong),
      figureOf(`${kind}.overhead`, 'share', overhead),
      figureOf(`${kind}.quarantined`, 'of 20', caught),
    );
  }
  const worst = LIE_SHARES.map((lieShare) => {
    const one = runCampaign({ ...SHAPE, kind: 'sleepers', seed: seeds[0]!, lieShare });
    return one.acceptedWrong / one.accepted;
  });
  figures.push(figureOf('sleepers.acceptedWrongAtAnyShare', 'share', [Math.max(...worst)]));
  const honest = runCampaign({
    kind: null,
    seed: seeds[0]!,
    peerCount: 100,
    resultsPerPeer: 10_000,
  });
  const honestResults = honest.accepted + honest.spent.known;
  figures.push(
    figureOf('honestQuarantined', 'peers', [honest.honestQuarantined]),
    figureOf('honestResults', 'results', [honestResults]),
  );
  return figures;
}
