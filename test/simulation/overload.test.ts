/**
 * The room of seed 6611, the one of 10,000 that drowned in repeats: disks of 50 to 200 ms, links of
 * 50 to 300 ms that lose one message in twenty, one entry per append. It commits ten to thirty
 * entries a second. The leader proposed what it had decided anew every second while the first still
 * waited in its log, and each repeat of a caller was an entry too: 2,000 of them waited at last.
 */
import { createRng, decodeProposal } from '@dreampitch/swarm';
import type { Command } from '@dreampitch/swarm';
import { describe, expect, test } from 'vitest';
import { Caller } from './caller.ts';
import { ASKER } from './given.ts';
import type { CommandRequest } from './peer.ts';
import { planOf } from './plan.ts';
import { simulate } from './run.ts';
import { NOTHING_PLANTED, STRANGER, World } from './world.ts';

const SEED = 6611;

const PUBLISH: Command = { type: 'publish', topic: 't', payload: new Uint8Array(1) };

/** That room without its faults, and whoever else comes to it. */
class SlowRoom {
  readonly world = new World({ ...planOf(SEED, null), kinds: [] }, NOTHING_PLANTED);
  done = 0;
  queuedMost = 0;
  readonly #rng = createRng(5);

  constructor() {
    for (const worker of this.world.workers) worker.isWell = true;
    this.run(10_000);
  }

  caller(name: string): Caller {
    const { queue, peers, plan } = this.world;
    const retryMs = plan.electionMs + 300;
    const around = { queue, rng: this.#rng, retryMs, peers: () => peers, isHeld: () => false };
    return new Caller(name, around);
  }

  /** Joins, and is never heard of again. */
  joinSilently(name: string): Caller {
    const caller = this.caller(name);
    const again = () => caller.join(ASKER, () => caller.session === null && again());
    again();
    return caller;
  }

  /** Asks, and asks the next thing when it was answered. */
  keepAsking(name: string): void {
    const caller = this.caller(name);
    const again = () => {
      const { session } = caller;
      if (session === null) return caller.join(ASKER, again);
      caller.command(session, PUBLISH, (result) => {
        if (result !== null) this.done++;
        again();
      });
    };
    this.world.queue.after(this.#rng.nextInt(1_000), again);
  }

  /** One after the other of `askers` asks once per millisecond, whatever it hears. */
  flood(askers: readonly (() => Pick<CommandRequest, 'peer' | 'session' | 'command'>)[]): void {
    let sequence = 0;
    const again = () => {
      const asker = askers[sequence++ % askers.length]!;
      this.world.leader()?.ask({ type: 'command', sequence, ...asker() }, () => {});
      this.world.queue.after(1, again);
    };
    again();
  }

  run(ms: number): void {
    const { world } = this;
    for (const untilMs = world.queue.nowMs + ms; world.queue.nowMs < untilMs;) {
      world.run(world.queue.nowMs + 100);
      for (const { state } of world.leaders())
        this.queuedMost = Math.max(this.queuedMost, state.log.lastIndex - state.commit);
    }
  }

  silentNotDead(): string[] {
    const members = [...this.world.leader()!.machine.members.values()];
    const left = members.filter((one) => one.peer.startsWith('silent') && one.liveness !== 'dead');
    return left.map(({ peer, liveness }) => `${peer} ${liveness}`);
  }

  /** Steps of members' liveness that were decided, and how many of them changed anything. */
  transitions(): { all: number; distinct: number } {
    const seen: string[] = [];
    for (const entry of this.world.observer.committed) {
      if (entry.type !== 'command') continue;
      const decoded = decodeProposal(entry.command);
      if (!decoded.ok || decoded.value.command.type !== 'liveness') continue;
      const { member, to } = decoded.value.command;
      seen.push(`${member} ${to}`);
    }
    return { all: seen.length, distinct: new Set(seen).size };
  }
}

describe('a slow room', () => {
  test(`seed ${SEED}: works again after its faults`, () => {
    expect(simulate(SEED)).toMatchObject({ violation: null, undecided: 0 });
  });

  test('buries 123 silent members and serves the others meanwhile', () => {
    const room = new SlowRoom();
    for (let i = 0; i < 123; i++) room.joinSilently(`silent${i}`);
    room.run(60_000);
    const { operations } = room.world.history;
    room.run(30_000);
    expect(room.world.history.operations - operations).toBeGreaterThan(60);
    expect(room.queuedMost).toBeLessThan(150); // one join each, and no repeats
    const { all, distinct } = room.transitions();
    expect(all).toBeLessThan(distinct * 1.1);
    expect(room.silentNotDead()).toEqual([]);
  });

  test('serves as many of a crowd as it can, and refuses the rest in time', () => {
    const room = new SlowRoom();
    for (let i = 0; i < 40; i++) room.keepAsking(`eager${i}`);
    room.run(60_000);
    expect(room.done).toBeGreaterThan(200); // none at all before
    expect(room.queuedMost).toBeLessThan(100);
  });
});

const outsider = () => ({ peer: `${STRANGER}1`, session: 0, command: PUBLISH });
const joining = (i: number) => () => ({
  peer: `${STRANGER}${i}`,
  session: 0,
  command: { type: 'join', info: ASKER } as const,
});
const joined = (caller: Caller) => () => {
  const { peer, session } = caller;
  return { peer, session: session?.session ?? 0, command: PUBLISH };
};

// Alone, five callers get 231 commands done in a minute; beside one who asked a hundred times a
// second, none at all before there was a limit for each.
describe('a thousand questions a second of those who never stop', () => {
  test.each([
    ['one who is no member', 200, () => [outsider]],
    ['one member', 150, (room: SlowRoom) => [joined(room.joinSilently('eager'))]],
    ['strangers who join', 100, () => Array.from({ length: 1_000 }, (_, i) => joining(i))],
  ] as const)('%s: the others go on working', (_, least, askersOf) => {
    const room = new SlowRoom();
    const askers = askersOf(room);
    room.run(5_000);
    for (let i = 0; i < 5; i++) room.keepAsking(`good${i}`);
    room.flood(askers);
    room.run(60_000);
    expect(room.done).toBeGreaterThan(least);
    expect(room.queuedMost).toBeLessThan(40);
  });
});
