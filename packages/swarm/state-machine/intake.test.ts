import { beforeEach, expect, test } from 'vitest';
import { encodeProposal } from '../wire/commands.ts';
import type { Command } from './command.ts';
import { Intake, type Asked } from './intake.ts';
import { applyEntry } from './machine.ts';
import { INFO, Room } from './room-for-tests.ts';

/** A leader of one: what is asked goes into its log, and is applied when the test says so. */
class Leader extends Room {
  readonly log: (Asked & { command: Command })[] = [];
  readonly told: string[] = [];
  readonly intake = new Intake<string>(this.machine);

  hear(asker: string, asked: Asked, command: Command = { type: 'leave' }): void {
    const taken = this.intake.take(asked, asker);
    if (taken === 'propose') this.log.push({ ...asked, command });
    else if (taken !== 'waits') this.told.push(`${asker}: ${taken.type}`);
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
  const joined = leader.ask('a', { type: 'join', info: INFO });
  session = joined.type === 'joined' ? joined.session : 0;
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
  leader.hear('3', { ...asked(1), peer: 'b' }, PUBLISH);
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
