import { beforeEach, describe, expect, test } from 'vitest';
import { encodeProposal } from '../wire/commands.ts';
import type { Command } from './command.ts';
import { Intake, STRANGERS_UNDER_WAY_MAX, UNDER_WAY_MAX, type Asked } from './intake.ts';
import { applyEntry } from './machine.ts';
import { INFO, JOB, Room } from './room-for-tests.ts';

/** A leader of one: what is asked goes into its log, and is applied when the test says so. */
class Leader extends Room {
  readonly log: (Asked & { command: Command })[] = [];
  readonly told: string[] = [];
  readonly intake = new Intake<string>(this.machine);

  hear(asker: string, asked: Asked, command: Command = { type: 'leave' }): void {
    const taken = this.intake.take({ ...asked, command }, asker);
    if (taken === 'propose') this.log.push({ ...asked, command });
    else if (taken === 'busy') this.told.push(`${asker}: busy`);
    else if (taken !== 'waits')
      this.told.push(`${asker}: ${taken.type === 'refused' ? taken.reason : taken.type}`);
  }

  /** Joins at once; returns its session. */
  joined(peer: string, vouchedBy: string): number {
    const result = this.ask(peer, { type: 'join', info: { ...INFO, vouchedBy } });
    return result.type === 'joined' ? result.session : 0;
  }

  applyNext(): void {
    const index = this.machine.index + 1;
    const command = encodeProposal({ atMs: 0, ...this.log.shift()! });
    const { proposal, result } = applyEntry(this.machine, {
      type: 'command',
      index,
      term: 1,
      command,
    });
    for (const asker of this.intake.applied(proposal!))
      this.told.push(`${asker}: ${JSON.stringify(result)}`);
  }
}

const PUBLISH: Command = { type: 'publish', topic: 't', payload: new Uint8Array(0) };
let leader: Leader;
let session: number;
beforeEach(() => {
  leader = new Leader();
  session = leader.joined('a', 'room');
});
const asked = (sequence: number): Asked => ({ peer: 'a', session, sequence });

test('a repeat of what waits in the log makes no second entry, and both are told', () => {
  leader.hear('first', asked(1), PUBLISH);
  leader.hear('again', asked(1), PUBLISH);
  leader.hear('other', asked(2), PUBLISH);
  expect(leader.log).toHaveLength(2);
  leader.applyNext();
  expect(leader.told).toEqual([
    'first: {"type":"published","sequence":2}',
    'again: {"type":"published","sequence":2}',
  ]);
});

test('a repeat of what was applied is answered at once, as before, and changes nothing', () => {
  leader.hear('first', asked(1), PUBLISH);
  leader.applyNext();
  const { eventSequence } = leader.machine;
  leader.hear('late', asked(1), PUBLISH);
  expect(leader.log).toEqual([]);
  expect(leader.told.at(-1)).toBe('late: published');
  expect(leader.machine.eventSequence).toBe(eventSequence);
});

test('what the log refused may be asked again, and is proposed then', () => {
  leader.hear('first', asked(1), PUBLISH);
  leader.hear('again', asked(1), PUBLISH);
  expect(leader.intake.refused(asked(1))).toEqual(['first', 'again']);
  expect(leader.intake.refused(asked(1))).toEqual([]);
  leader.hear('later', asked(1), PUBLISH);
  expect(leader.log).toHaveLength(2); // the first of which never came to be
});

test('another session, another member and another join are no repeats', () => {
  const join: Command = { type: 'join', info: INFO };
  leader.hear('1', asked(1), PUBLISH);
  leader.hear('2', { ...asked(1), session: session + 1 }, PUBLISH);
  leader.hear('3', { ...asked(1), peer: 'c', session: leader.joined('c', 'room') }, PUBLISH);
  leader.hear('4', { peer: 'b', session: 0, sequence: 77 }, join);
  leader.hear('5', { peer: 'b', session: 0, sequence: 77 }, join);
  leader.hear('6', { peer: 'b', session: 0, sequence: 78 }, join);
  expect(leader.log).toHaveLength(5);
});

test('nobody can make a leader remember askers without bound', () => {
  for (let i = 1; i <= 1_000; i++) leader.hear(`${i}`, asked(1), PUBLISH);
  leader.applyNext();
  expect(leader.told.map((text) => text.split(':')[0])).toEqual(['997', '998', '999', '1000']);
});

describe('nobody silences the room by asking', () => {
  const STRANGER = { ...INFO, vouchedBy: '' };
  const joinOf = (peer: string, sequence = 1): [Asked, Command] => [
    { peer, session: 0, sequence },
    { type: 'join', info: STRANGER },
  ];

  test('a peer has a few commands under way; the rest comes back later', () => {
    for (let i = 1; i <= 100; i++) leader.hear('a', asked(i), PUBLISH);
    expect(leader.log).toHaveLength(UNDER_WAY_MAX);
    expect(new Set(leader.told)).toEqual(new Set(['a: busy']));
    const other = leader.joined('other', 'room');
    leader.hear('other', { peer: 'other', session: other, sequence: 1 }, PUBLISH);
    expect(leader.log).toHaveLength(UNDER_WAY_MAX + 1);
  });

  test('a place is free again when a command was applied or refused, and not before', () => {
    for (let i = 1; i <= UNDER_WAY_MAX; i++) leader.hear('a', asked(i), PUBLISH);
    leader.hear('a', asked(9), PUBLISH);
    leader.applyNext();
    leader.hear('a', asked(10), PUBLISH);
    leader.intake.refused(asked(UNDER_WAY_MAX));
    leader.intake.refused(asked(UNDER_WAY_MAX)); // once is once
    leader.hear('a', asked(11), PUBLISH);
    leader.hear('a', asked(12), PUBLISH);
    expect(leader.log.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 10, 11]);
  });

  test('whoever is no member gets nothing into the log but its join', () => {
    leader.hear('made up', { peer: 'x', session: 0, sequence: 1 }, PUBLISH);
    leader.hear('join', ...joinOf('x'));
    expect(leader.log.map(({ command }) => command.type)).toEqual(['join']);
    expect(leader.told).toEqual(['made up: not-a-member']);
  });

  test('a session of which this leader does not know yet is not over', () => {
    leader.hear('ended', { peer: 'gone', session, sequence: 1 }, PUBLISH);
    leader.hear('to come', { peer: 'new', session: session + 1, sequence: 1 }, PUBLISH);
    expect(leader.told).toEqual(['ended: not-a-member', 'to come: busy']);
  });

  test('strangers have few places together, however many they are; others do not need those', () => {
    for (let i = 0; i < 100; i++) leader.hear(`x${i}`, ...joinOf(`x${i}`));
    expect(leader.log).toHaveLength(STRANGERS_UNDER_WAY_MAX);
    const stranger = leader.joined('s', '');
    leader.hear('s', { peer: 's', session: stranger, sequence: 1 }, PUBLISH);
    expect(leader.told.at(-1)).toBe('s: busy');
    leader.hear('a', asked(1), PUBLISH);
    const info = { ...INFO, vouchedBy: 'room' };
    leader.hear('b', { peer: 'b', session: 0, sequence: 1 }, { type: 'join', info });
    expect(leader.log).toHaveLength(STRANGERS_UNDER_WAY_MAX + 2);
  });

  test('a stranger ends its attempt however many ask; with what is no attempt of its own, not', () => {
    const sessions = new Map(['s', 't'].map((peer) => [peer, leader.joined(peer, '')]));
    leader.ask('a', { type: 'submit', spec: JOB });
    leader.ask('', { type: 'assign', job: 'j', member: 's', purpose: 'first' });
    const { token } = leader.machine.ledger.jobs.get('j')!.attempts[0]!;
    for (let i = 0; i < 100; i++) leader.hear(`x${i}`, ...joinOf(`x${i}`));
    const say = (peer: string, sequence: number, command: Command) =>
      leader.hear(peer, { peer, session: sessions.get(peer)!, sequence }, command);
    const result = { type: 'result', job: 'j', token, hash: new Uint8Array(32) } as const;
    leader.told.length = 0;
    say('t', 1, result);
    say('s', 1, { ...result, token: token - 1 });
    say('s', 2, { ...result, job: 'k' });
    say('s', 3, { type: 'progress', job: 'j', token, share: 1 });
    expect(leader.told).toEqual(['t: busy', 's: busy', 's: busy', 's: busy']);
    for (let i = 4; i < 100; i++) say('s', i, result);
    expect(leader.log).toHaveLength(STRANGERS_UNDER_WAY_MAX + UNDER_WAY_MAX);
    while (leader.log.length > 0) leader.applyNext();
    expect(leader.machine.ledger.jobs.get('j')!.state).toBe('done');
  });
});
