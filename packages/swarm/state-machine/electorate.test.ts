import { describe, expect, test } from 'vitest';
import { Cluster } from '../consensus/cluster.ts';
import { isJoint } from '../consensus/configuration.ts';
import { createRng } from '../rng.ts';
import { ELECTORATE_DEFAULTS, planElectorate, type Resident } from './electorate.ts';

const STRANGER = 'x';
const GONE_MS = ELECTORATE_DEFAULTS.goneMs;

/** A cluster whose leader follows the policy once a second. */
class Room {
  readonly cluster: Cluster;
  readonly residents = new Map<string, Resident>();
  readonly away = new Set<string>();
  changes = 0;

  /** Whose voucher the leader was shown. */
  isVouched = (id: string) => !id.startsWith(STRANGER);

  constructor(founders: readonly string[]) {
    this.cluster = new Cluster(founders, { isVouched: (id) => this.isVouched(id) });
    for (const id of founders) this.inform(id, {});
    this.cluster.elect(founders[0]!);
  }

  inform(peer: string, what: Partial<Resident>): void {
    const known = { kind: 'tab', isHidden: false, presentMs: 1e6, roundTripMs: 50 } as const;
    this.residents.set(peer, { peer, ...known, ...what });
  }

  come(...peers: readonly string[]): this {
    for (const peer of peers) {
      this.cluster.start(peer);
      this.inform(peer, {});
    }
    return this;
  }

  /** Nothing of it or to it arrives any more; it stands in the room until it is removed. */
  vanish(...peers: readonly string[]): this {
    for (const peer of peers) this.away.add(peer);
    this.cluster.drops = ({ from, to }) => this.away.has(from) || this.away.has(to);
    return this;
  }

  get leader(): string {
    const { cluster } = this;
    const sorted = cluster.leaders().sort((a, b) => cluster.state(b).term - cluster.state(a).term);
    return sorted[0]!;
  }

  plan() {
    const state = this.cluster.state(this.leader);
    const residents = [...this.residents.values()];
    return planElectorate(state, this.cluster.nowMs, { residents, options: ELECTORATE_DEFAULTS });
  }

  run(seconds: number): this {
    for (let i = 0; i < seconds; i++) {
      this.cluster.run(1_000);
      if (this.cluster.leaders().length === 0) continue;
      const plan = this.plan();
      if (plan === null) continue;
      this.changes++;
      const effects = this.cluster.input(this.leader, { type: 'configure', ticket: 1, ...plan });
      expect(effects[0]).toMatchObject({ type: 'proposed' }); // it asks for nothing that is refused
    }
    return this;
  }

  get voters(): readonly string[] {
    return this.cluster.state(this.leader).log.configuration.voters.toSorted();
  }

  get learners(): readonly string[] {
    return this.cluster.state(this.leader).log.configuration.learners.toSorted();
  }
}

describe('who votes', () => {
  test('one until there can be three; then as many as make an odd number, at most seven', () => {
    const room = new Room(['a']).come('b').run(3);
    expect([room.voters, room.learners]).toEqual([['a'], ['b']]);
    room.come('c').run(3);
    expect(room.voters).toEqual(['a', 'b', 'c']);
    room.come('d').run(3);
    expect(room.learners).toEqual(['d']);
    room.come('e', 'f', 'g', 'h', 'i').run(4);
    expect(room.voters).toHaveLength(7);
    const { changes } = room;
    expect(room.run(60).changes).toBe(changes); // and then it rests
  });

  test('strangers, hidden tabs, the slow, who just came and who lags behind only learn', () => {
    const room = new Room(['a']).come('b', 'x1', 'hidden', 'slow', 'new');
    room.inform('hidden', { isHidden: true });
    room.inform('slow', { roundTripMs: 900 });
    room.inform('new', { presentMs: 5_000 });
    expect(room.run(5).voters).toEqual(['a']);
    room.inform('new', { presentMs: 40_000 });
    expect(room.run(3).voters).toEqual(['a', 'b', 'new']);
    expect(room.learners).toEqual(['hidden', 'slow', 'x1']);
    room.inform('late', {}); // in the room, but no word of it yet
    room.inform('slow', { roundTripMs: 100 });
    expect(room.run(3).voters).toEqual(['a', 'b', 'new']);
  });

  test('a relay votes before a peer without a window, that before a tab; then the nearest', () => {
    const room = new Room(['a']).come('b', 'c', 'd', 'e');
    room.inform('c', { kind: 'headless', roundTripMs: 200 });
    room.inform('d', { kind: 'relay', roundTripMs: 240 });
    room.inform('b', { roundTripMs: 60 });
    room.inform('e', { roundTripMs: 50 });
    room.run(1).cluster.run(1_000);
    const plan = room.plan()!;
    expect(plan.voters).toEqual(['a', 'd', 'c', 'e', 'b']);
  });

  test('a voter that is silent is replaced after a while, one that left at once', () => {
    const room = new Room(['a', 'b', 'c']).come('d', 'e').run(2);
    expect(room.voters).toHaveLength(5);
    room.come('f').run(2).vanish('b');
    room.run(GONE_MS / 1000 - 2);
    expect(room.voters).toContain('b');
    room.run(5);
    expect([room.voters, room.learners]).toEqual([['a', 'c', 'd', 'e', 'f'], ['b']]);
    room.vanish('c').residents.delete('c');
    expect(room.run(3).voters).toEqual(['a', 'd', 'e']); // four would survive no more failures
    expect(room.learners).toEqual(['b', 'f']);
  });

  test('three stay three where nobody can take a place, though one is gone', () => {
    const room = new Room(['a', 'b', 'c']).run(1).vanish('c').run(120);
    expect(room.voters).toEqual(['a', 'b', 'c']);
    expect(room.come('d').run(5).voters).toEqual(['a', 'b', 'd']);
  });

  // The leader started again after that voter was gone: it was never shown its voucher.
  test('a voter that never greeted this leader stays while it answers, and is replaced', () => {
    const room = new Room(['a', 'b', 'c']);
    room.isVouched = (id) => id !== 'c';
    room.come('d', 'e').run(3);
    expect(room.voters).toEqual(['a', 'b', 'c', 'd', 'e']);
    room.vanish('c').residents.delete('c');
    expect(room.run(3).voters).toEqual(['a', 'b', 'd']);
  });

  test('a voter that is gone for good and never greeted this leader freezes nothing', () => {
    const room = new Room(['a', 'b', 'c']).vanish('c');
    room.isVouched = (id) => id !== 'c';
    expect(room.come('d', 'e').run(GONE_MS / 1000 + 5).voters).toEqual(['a', 'b', 'd']);
    room.isVouched = (id) => id !== 'c' && id !== 'e';
    expect(room.vanish('d').run(GONE_MS / 1000 + 5).voters).toEqual(['a', 'b', 'd']);
  });

  test('however many strangers learn, who is vouched for finds a place', () => {
    const room = new Room(['a']);
    for (let i = 0; i < 300; i++) room.inform(`${STRANGER}${i}`, {});
    room.run(2);
    expect(room.learners).toHaveLength(room.cluster.settings.membersMax - 1);
    expect(room.come('b', 'c').run(4).voters).toEqual(['a', 'b', 'c']);
    expect(room.learners).toHaveLength(room.cluster.settings.membersMax - 3);
  });

  test.each([1, 2, 3, 4])('seed %i: whoever comes and goes, three or more decide, odd', (seed) => {
    const rng = createRng(seed);
    const room = new Room(['a', 'b', 'c']);
    let named = 0;
    for (let round = 0; round < 40; round++) {
      const standing = [...room.residents.keys()].filter((peer) => !room.away.has(peer));
      const voting = room.voters.filter((peer) => !room.away.has(peer));
      const isSafe = voting.length - 1 > room.voters.length / 2;
      const any = standing[rng.nextInt(standing.length)]!;
      if (rng.nextInt(2) === 0 || standing.length < 4)
        room.come(`${rng.nextInt(4) === 0 ? STRANGER : 'n'}${named++}`);
      else if (any !== room.leader && (isSafe || !voting.includes(any))) {
        room.vanish(any);
        if (rng.nextInt(2) === 0) room.residents.delete(any);
      } else room.inform(any, { isHidden: rng.nextInt(2) === 0 });
      room.run(1 + rng.nextInt(15));
      const { voters } = room.cluster.state(room.leader).log.configuration;
      expect(voters.length % 2, JSON.stringify(voters)).toBe(1);
      expect(voters.length).toBeGreaterThanOrEqual(3);
      expect(voters.length).toBeLessThanOrEqual(7);
      expect(voters.filter((peer) => peer.startsWith(STRANGER))).toEqual([]);
    }
    room.run(GONE_MS / 1000 + 5);
    const state = room.cluster.state(room.leader);
    expect(isJoint(state.log.configuration)).toBe(false);
    expect(room.plan()).toBeNull();
    expect(room.voters.filter((peer) => !room.residents.has(peer))).toEqual([]);
    expect(room.changes).toBeGreaterThan(10);
  });
});
