import { beforeEach, expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { AUDIT_DEFAULTS } from '../trust/audit.ts';
import type { Command } from './command.ts';
import { LeaderDuties } from './leader.ts';
import { LIVENESS_DEFAULTS } from './liveness.ts';
import { Room } from './room-for-tests.ts';

const SILENT = 123;
const { heartbeatMs, timeoutMs } = LIVENESS_DEFAULTS;

let room: Room;
let duties: LeaderDuties;
beforeEach(() => {
  room = new Room().join(...Array.from({ length: SILENT }, (_, i) => `silent ${i}`));
  const options = {
    self: 'leader',
    strategy: 'round-robin' as const,
    rng: createRng(1),
    isTrusted: () => false,
    comparators: new Map(),
    bytesOf: () => null,
    audit: AUDIT_DEFAULTS,
  };
  duties = new LeaderDuties(room.machine, options, 0);
  duties.due(0); // it knows whom to listen for
});

test('what waits in the log is not proposed again, however long it waits', () => {
  const commands = duties.due(2.5 * heartbeatMs);
  expect(commands.length).toBeGreaterThan(0);
  duties.placed(room.machine.index + commands.length);
  expect(duties.due(2.6 * heartbeatMs)).toEqual([]);
  expect(duties.due(600_000)).toEqual([]);
  for (const command of commands.slice(1)) room.ask('', command);
  expect(duties.due(600_001)).toEqual([]); // all but one are applied
  room.ask('', commands[0]!);
  expect(duties.due(600_002).length).toBeGreaterThan(0);
});

test('what no log took is due again, as it was: audits are drawn once', () => {
  const commands = duties.due(2.5 * heartbeatMs);
  expect(duties.due(timeoutMs + 1)).toBe(commands);
});

test('of many who fall silent, each is proposed once for each step, and few at a time', () => {
  const seen: Command[] = [];
  for (let nowMs = 0; nowMs < 2 * timeoutMs; nowMs += 100) {
    const commands = duties.due(nowMs);
    expect(commands.length).toBeLessThan(16);
    for (const command of commands) room.ask('', command);
    duties.placed(room.machine.index);
    seen.push(...commands);
  }
  const steps = seen.map((command) => command.type === 'liveness' && command.to);
  expect(steps.filter((to) => to === 'suspect')).toHaveLength(SILENT);
  expect(steps.filter((to) => to === 'dead')).toHaveLength(SILENT);
});

test('who is dead comes before who is only suspect: others wait for its work', () => {
  const nowMs = 2.5 * heartbeatMs;
  duties.linkClosed(`silent ${SILENT - 1}`, nowMs - 2_000);
  expect(duties.due(nowMs)[0]).toMatchObject({ member: `silent ${SILENT - 1}`, to: 'dead' });
});
