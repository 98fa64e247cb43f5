/** The swarm's codec: frames a second on one core, and a million mutated frames. */
import {
  createIdentity,
  createRng,
  decodeFrame,
  encodeFrame,
  encodeProposal,
  openFrame,
  sealFrame,
  type Frame,
} from '@dreampitch/swarm';
import { figureOf, type Figure } from './figure.ts';

const FRAMES_PER_RUN = 100_000;
const RUNS = 5;
const MUTATED = 1_000_000;
const SEALED = 500;

const peer = (i: number) => `kW3zq0Yb1n5vXJmT8sRfHc2LdP7aEoUgI9tGyVwQx${i}A`;

const raft = (message: Extract<Frame, { type: 'raft' }>['message']): Frame => ({
  type: 'raft',
  message,
});

/** What a busy room says most: small commands in appends, their answers, heartbeats, edits. */
function typicalFrames(): Frame[] {
  const command = encodeProposal({
    atMs: 123_456,
    peer: peer(3),
    session: 17,
    sequence: 421,
    command: { type: 'renew', lock: 'room/referee', token: 2 ** 40 + 991, ttlMs: 30_000 },
  });
  const entries = Array.from({ length: 4 }, (_, i) => {
    return { type: 'command' as const, index: 10_000 + i, term: 2 ** 32 + 3, command };
  });
  const header = { from: peer(1), to: peer(2), term: 2 ** 32 + 3 };
  const place = { previousIndex: 9_999, previousTerm: 2 ** 32 + 3, commit: 9_990, round: 4_000 };
  return [
    raft({ type: 'append', ...header, ...place, entries: entries.slice(0, 1) }),
    raft({ type: 'append', ...header, ...place, entries }),
    raft({ type: 'append-accepted', ...header, match: 10_003, round: 4_000 }),
    raft({ type: 'heartbeat', ...header, commit: 9_990, round: 4_001 }),
    raft({ type: 'heartbeat-reply', ...header, round: 4_001 }),
    {
      type: 'request',
      ticket: 77,
      session: 17,
      sequence: 422,
      command: { type: 'progress', job: 'train/generation-31/member-9', token: 88_123, share: 0.5 },
    },
    { type: 'reply', ticket: 77, result: { type: 'ok' } },
    {
      type: 'document',
      document: 'lobby',
      message: {
        type: 'update',
        origin: peer(4),
        sequence: 90,
        bytes: new Uint8Array(60).fill(7),
        signature: new Uint8Array(64).fill(9),
      },
    },
  ];
}

function framesPerSecond(frames: readonly Frame[]): number {
  const start = process.cpuUsage();
  let decoded = 0;
  for (let i = 0; i < FRAMES_PER_RUN; i++) {
    if (decodeFrame(encodeFrame(frames[i % frames.length]!)).ok) decoded++;
  }
  if (decoded !== FRAMES_PER_RUN) throw new Error('a frame did not decode');
  // CPU seconds, the collector's threads included: others may share this machine's cores.
  const { user, system } = process.cpuUsage(start);
  return FRAMES_PER_RUN / ((user + system) / 1e6);
}

function mutate(frames: readonly Frame[]) {
  const rng = createRng(0xf00d);
  const encoded = frames.map((frame) => encodeFrame(frame));
  const heapBefore = process.memoryUsage().heapUsed;
  let heapMost = 0;
  let thrown = 0;
  let accepted = 0;
  for (let i = 0; i < MUTATED; i++) {
    const bytes = encoded[rng.nextInt(encoded.length)]!.slice();
    for (let k = rng.nextInt(6); k >= 0; k--) bytes[rng.nextInt(bytes.length)] = rng.nextInt(256);
    const cut = rng.nextInt(4) === 0 ? rng.nextInt(bytes.length) : bytes.length;
    try {
      if (decodeFrame(bytes.subarray(0, cut)).ok) accepted++;
    } catch {
      thrown++;
    }
    if (i % 4_096 === 0) heapMost = Math.max(heapMost, process.memoryUsage().heapUsed);
  }
  return { thrown, accepted, heapMiB: (heapMost - heapBefore) / 2 ** 20 };
}

async function sealedPerSecond(frame: Frame) {
  const identity = await createIdentity();
  const self = { room: new Uint8Array(16), to: identity.peer };
  const startMs = performance.now();
  const sealed: Uint8Array[] = [];
  for (let i = 0; i < SEALED; i++) sealed.push(await sealFrame(identity, self, frame));
  const middleMs = performance.now();
  for (const one of sealed) if (!(await openFrame(self, one)).ok) throw new Error('not opened');
  const endMs = performance.now();
  return {
    seal: SEALED / ((middleMs - startMs) / 1000),
    open: SEALED / ((endMs - middleMs) / 1000),
  };
}

export async function bench(): Promise<Figure[]> {
  const frames = typicalFrames();
  framesPerSecond(frames); // compiled by now
  const rates = Array.from({ length: RUNS }, () => framesPerSecond(frames));
  const { thrown, accepted, heapMiB } = mutate(frames);
  const sealed = [];
  for (let run = 0; run < 3; run++)
    sealed.push(await sealedPerSecond(frames.find((frame) => frame.type === 'request')!));
  return [
    figureOf('codec.framesPerSecond', '1/s', rates),
    figureOf('codec.mutatedThrown', `of ${MUTATED}`, [thrown]),
    figureOf('codec.mutatedDecoded', `of ${MUTATED}`, [accepted]),
    figureOf('codec.mutatedHeap', 'MiB at most', [heapMiB]),
    figureOf(
      'codec.sealedPerSecond',
      '1/s',
      sealed.map((one) => one.seal),
    ),
    figureOf(
      'codec.openedPerSecond',
      '1/s',
      sealed.map((one) => one.open),
    ),
  ];
}
