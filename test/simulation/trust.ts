/**
 * A hundred peers deliver two thousand results each; a fifth of them are adversaries of one kind.
 * Acceptance is final. Machine, leader and its audits are the room's own; what is simulated is
 * who computes, and how long it takes.
 */
import { AUDIT_DEFAULTS, type Job, type Rng } from '@dreampitch/swarm';
import { figureOf, type Figure } from '../bench/figure.ts';
import { Shift, type SimulatedWorker } from './shift.ts';

/**
 * liars: wrong in half of their results from the start, each in its own way. sleepers: right until
 * they are established, then wrong in one of five. colluders: sleepers that give the same wrong
 * results, so that they confirm each other and deny who is honest; and that read the log, so that
 * they know every question and answer it right. stallers: claim to be the fastest, so that they
 * hedge each other, keep a job until so many of them have it, and then all say the same wrong thing
 * at once; where so many never have it, the same after five minutes.
 */
export type AdversaryKind = 'liars' | 'sleepers' | 'colluders' | 'stallers';
const ADVERSARY_KINDS = ['liars', 'sleepers', 'colluders', 'stallers'] as const;

type Outcome = {
  accepted: number;
  acceptedWrong: number;
  /** Results that were delivered beyond the accepted ones, over these. */
  overhead: number;
  delivered: Shift['delivered'];
  honestQuarantined: number;
  adversariesQuarantined: number;
};

type Options = {
  readonly kind: AdversaryKind | null;
  readonly seed: number;
  readonly peerCount: number;
  readonly resultsPerPeer: number;
  readonly lieShare?: number; // other than the kind's own
  readonly ring?: number; // of stallers: how many wait for each other
};

const ADVERSARY_SHARE = 0.2;
const SLEEP_RESULTS = 100; // established by then: audited at the least rate
const LIE_SHARE = { liars: 0.5, sleepers: 0.2, colluders: 0.2, stallers: 1 } as const;
/** Only peers that are idle hedge: beside stallers there is work for so many of the others. */
const BUSY_SHARE = 0.1;
const STALLED_MS_MAX = 300_000;
const RINGS = [5, 3] as const; // all places of a job; more than may agree among themselves
const STALLER: SimulatedWorker['info'] = { speedPerSecond: 1e6, slots: 64 };
/** Honest machines err too: one wrong result in a hundred thousand (bit flips, broken drivers). */
const HONEST_ERROR_SHARE = 1e-5;
const TRUSTED = ['relay-1', 'relay-2', 'relay-3', 'relay-4'] as const;
const TRUSTED_SLOTS = 8;
/** Every peer delivers 20 results a second: what waits for trust waits ten seconds or so. */
const SPEED_PER_SECOND = 10;
const HOLD_MS_MAX = 60_000;
const QUEUE = 400;
const SLICE_MS = 50;

const isAdversary = (peer: string) => peer.startsWith('adversary');

function workersOf({ kind, peerCount, lieShare, ring = RINGS[0] }: Options): SimulatedWorker[] {
  const adversaries = kind === null ? 0 : peerCount * ADVERSARY_SHARE;
  const trusted = TRUSTED.map((peer) => {
    return { peer, speedPerSecond: 10 * SPEED_PER_SECOND, info: { slots: TRUSTED_SLOTS } };
  });
  const peers = Array.from({ length: peerCount }, (_, i): SimulatedWorker => {
    const speedPerSecond = SPEED_PER_SECOND;
    if (i >= adversaries) return { peer: `honest-${i}`, speedPerSecond, lies: errs };
    const share = lieShare ?? LIE_SHARE[kind!];
    const adversary = { peer: `adversary-${i}`, speedPerSecond, lies: LIES[kind!](share) };
    return kind === 'stallers' ? { ...adversary, info: STALLER, waits: waitsFor(ring) } : adversary;
  });
  // Among equals the first is asked: beside idle peers that is to be who lies, not who is trusted.
  return kind === 'stallers' ? [...peers, ...trusted] : [...trusted, ...peers];
}

const wrong = (rng: Rng) => `wrong ${rng.nextInt(2 ** 32)}`;
const errs = (_: Job, rng: Rng) => (rng.nextFloat() < HONEST_ERROR_SHARE ? wrong(rng) : null);

const LIES: Record<AdversaryKind, (share: number) => NonNullable<SimulatedWorker['lies']>> = {
  liars: (share) => (_, rng) => (rng.nextFloat() < share ? wrong(rng) : null),
  sleepers: (share) => {
    let delivered = 0;
    return (_, rng) => (++delivered > SLEEP_RESULTS && rng.nextFloat() < share ? wrong(rng) : null);
  },
  colluders: (share) => {
    let delivered = 0;
    return ({ spec, submittedBy }) => {
      if (submittedBy === '' || ++delivered <= SLEEP_RESULTS) return null;
      return shareOf(spec.job) < share ? `agreed ${spec.job}` : null;
    };
  },
  stallers: () => (job) => `agreed ${job.spec.job}`,
};

const waitsFor =
  (ring: number) =>
  ({ attempts }: Job, nowMs: number): boolean => {
    const theirs = attempts.filter(({ peer }) => isAdversary(peer));
    if (theirs.length >= ring || theirs.some(({ result }) => result !== null)) return false;
    return nowMs - attempts[0]!.startedAtMs < STALLED_MS_MAX;
  };

/** Where between 0 and 1 a job falls for all colluders alike. */
function shareOf(job: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < job.length; i++) hash = Math.imul(hash ^ job.charCodeAt(i), 0x01000193);
  return (Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 0) / 2 ** 32;
}

export function runCampaign(options: Options): Outcome {
  const shift = new Shift({
    workers: workersOf(options),
    strategy: 'least-connections',
    seed: options.seed,
    trusted: TRUSTED,
    audit: { ...AUDIT_DEFAULTS, holdMsMax: HOLD_MS_MAX },
  });
  const { delivered, machine } = shift;
  const wanted = options.peerCount * options.resultsPerPeer;
  const idle = options.kind === 'stallers';
  const perSlice = (options.peerCount * SPEED_PER_SECOND * BUSY_SHARE * SLICE_MS) / 1_000;
  let jobs = 0;
  for (let queued = 0; delivered.first < wanted;) {
    // Nobody knows a new boaster as slow yet: what comes first is theirs, and no other work helps.
    const isFirst = idle && jobs === 0;
    const until = isFirst ? 2 * options.peerCount : idle ? perSlice : QUEUE;
    for (; queued < until; queued++, jobs++)
      shift.submit({ job: `j${jobs}`, acceptance: 'checked', costUnits: 1 });
    shift.run({ untilMs: shift.nowMs + (isFirst ? STALLED_MS_MAX : SLICE_MS) });
    queued = 0;
    if (idle) continue;
    for (const { state } of machine.ledger.open.values()) if (state === 'queued') queued++;
  }
  shift.run({ untilMs: shift.nowMs + 1e7, stopWhenDone: true });
  if (shift.accepted.count !== jobs) throw new Error(`${jobs} jobs: not all were accepted`);
  const out = [...machine.reputations]
    .filter(([, { standing }]) => standing === 'quarantined')
    .map(([peer]) => isAdversary(peer));
  // What trusted peers did of their own accord needs no trust, and makes no figure better.
  const accepted = jobs - delivered.trusted;
  const { first, replica, recomputed, known } = delivered;
  return {
    accepted,
    acceptedWrong: shift.accepted.wrong,
    overhead: (first + replica + recomputed + known) / accepted - 1,
    delivered,
    honestQuarantined: out.filter((one) => !one).length,
    adversariesQuarantined: out.filter((one) => one).length,
  };
}

const SHAPE = { peerCount: 100, resultsPerPeer: 2_000 } as const;

/** What stallers get through is few: they are not to vanish among what others did. */
const shapeOf = (kind: AdversaryKind) =>
  kind === 'stallers' ? { ...SHAPE, resultsPerPeer: 500 } : SHAPE;

/** Who lies more rarely is caught later and does less: the worst is somewhere between. */
const LIE_SHARES = [0.1, 0.05, 0.02, 0.01, 0.005] as const;
/** A room of a million results. */
const HONEST = { kind: null, peerCount: 100, resultsPerPeer: 10_000 } as const;

const shareWrong = (one: Outcome) => one.acceptedWrong / one.accepted;

/** `npm run simulate -- --trust`: takes some ten minutes of one core. */
export async function trustFigures(seeds: readonly number[] = [1, 2]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of ADVERSARY_KINDS) {
    const outcomes = seeds.map((seed, i) =>
      runCampaign({ ...shapeOf(kind), kind, seed, ring: RINGS[i % RINGS.length]! }),
    );
    figures.push(
      figureOf(`${kind}.acceptedWrong`, 'share', outcomes.map(shareWrong)),
      figureOf(
        `${kind}.overhead`,
        'share',
        outcomes.map(({ overhead }) => overhead),
      ),
      figureOf(
        `${kind}.quarantined`,
        'of 20',
        outcomes.map((one) => one.adversariesQuarantined),
      ),
    );
  }
  const [seed = 1] = seeds;
  const worst = LIE_SHARES.map((lieShare) =>
    shareWrong(runCampaign({ ...SHAPE, kind: 'sleepers', seed, lieShare })),
  );
  const honest = runCampaign({ ...HONEST, seed });
  return [
    ...figures,
    figureOf('sleepers.acceptedWrongAtAnyShare', 'share', [Math.max(...worst)]),
    figureOf('honestQuarantined', 'peers', [honest.honestQuarantined]),
    figureOf('honestResults', 'results', [honest.accepted]),
  ];
}
