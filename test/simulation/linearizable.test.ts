/** The checker itself, held against histories whose verdict is known. */
import { array, assert, boolean, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkHistory } from './linearizable.ts';
import type { Operation } from './linearizable.ts';
import { lockModel, serviceModel, valueModel } from './models.ts';
import type { LockInput, LockOutput, ValueInput, ValueOutput } from './models.ts';

type ValueOperation = Operation<ValueInput, ValueOutput>;

const write = (calledAt: number, answeredAt: number, value: number, token = 0): ValueOperation => ({
  calledAt,
  answeredAt,
  input: { type: 'write', value, token },
  output: answeredAt === Infinity ? null : { type: 'written' },
});
const read = (calledAt: number, answeredAt: number, value: number): ValueOperation => ({
  calledAt,
  answeredAt,
  input: { type: 'read' },
  output: { type: 'value', value },
});

const values = (...history: ValueOperation[]) => checkHistory(history, valueModel);

describe('values', () => {
  test('one after the other', () => {
    expect(values(write(0, 1, 5), read(2, 3, 5))).toBe('linearizable');
    expect(values(write(0, 1, 5), read(2, 3, 0))).toBe('violation'); // stale
  });

  test('Herlihy and Wing, figure 1: overlapping operations may take effect in either order', () => {
    expect(values(write(0, 10, 1), read(2, 4, 1), read(5, 7, 1))).toBe('linearizable');
    expect(values(write(0, 10, 1), read(2, 4, 0), read(5, 7, 1))).toBe('linearizable');
    // New, then old again: no single moment explains both.
    expect(values(write(0, 10, 1), read(2, 4, 1), read(5, 7, 0))).toBe('violation');
  });

  test('Jepsen’s lost update: a write that was answered and then overwritten by an older one', () => {
    const history = [write(0, 1, 1), write(2, 3, 2), read(4, 5, 1)];
    expect(values(...history)).toBe('violation');
  });

  test('a write without an answer may have happened, late or never', () => {
    const lost = write(0, Infinity, 7);
    expect(values(lost, read(1, 2, 0), read(3, 4, 7))).toBe('linearizable');
    expect(values(lost, read(1, 2, 0), read(3, 4, 0))).toBe('linearizable');
    expect(values(lost, read(1, 2, 7), read(3, 4, 0))).toBe('violation');
    expect(values(read(1, 2, 7))).toBe('violation'); // nobody wrote it
  });

  test('an accepted write never carries a token below an accepted one', () => {
    expect(values(write(0, 1, 1, 10), write(2, 3, 2, 20))).toBe('linearizable');
    expect(values(write(0, 1, 1, 20), write(2, 3, 2, 10))).toBe('violation');
    expect(values(write(0, 5, 1, 20), write(2, 3, 2, 10))).toBe('linearizable'); // overlapping
  });

  test('whatever one copy did, seen through any delays, is linearizable; a value from nowhere is not', () => {
    const anyStep = record({ isRead: boolean(), before: nat(9), after: nat(9) });
    assert(
      property(array(anyStep, { minLength: 1, maxLength: 40 }), (steps) => {
        let value = 0;
        const history = steps.map(({ isRead, before, after }, i) => {
          const at = i * 4;
          if (!isRead) value = i + 1;
          const [from, to] = [at - before, at + 1 + after];
          return isRead ? read(from, to, value) : write(from, to, value);
        });
        expect(values(...history)).toBe('linearizable');
        expect(values(...history, read(0, 1_000, 99))).toBe('violation');
      }),
    );
  });

  test('a search that is given up is not a pass', () => {
    const many = Array.from({ length: 14 }, (_, i) => write(0, 100, i + 1));
    expect(checkHistory([...many, read(200, 201, 99)], valueModel, 50)).toBe('undecided');
    expect(checkHistory([...many, read(200, 201, 99)], valueModel)).toBe('violation');
  });
});

type LockOperation = Operation<LockInput, LockOutput>;
const lock = (at: number, input: LockInput, output: LockOutput): LockOperation => ({
  calledAt: at,
  answeredAt: at + 1,
  input,
  output,
});
const acquired = (at: number, peer: string, token: number) =>
  lock(at, { type: 'acquire', peer }, { type: 'granted', token });

const checkLock = (...history: LockOperation[]) => checkHistory(history, lockModel);

const service = (at: number, peer: string, isGood: boolean) => ({
  calledAt: at,
  answeredAt: at + 1,
  input: { type: 'register', peer } as const,
  output: { type: isGood ? 'ok' : 'refused' } as const,
});

const look = (at: number, peer: string) => ({
  calledAt: at,
  answeredAt: at + 2,
  input: { type: 'look' } as const,
  output: { type: 'owner', peer } as const,
});

describe('locks and services', () => {
  test('tokens grow in the order of the grants, and only a holder releases', () => {
    expect(checkLock(acquired(0, 'a', 5), acquired(2, 'b', 9))).toBe('linearizable'); // a's time ended
    expect(checkLock(acquired(0, 'a', 9), acquired(2, 'b', 5))).toBe('violation');
    expect(checkLock(acquired(0, 'a', 5), acquired(2, 'b', 5))).toBe('violation');
    const released = lock(2, { type: 'release', peer: 'b', token: 5 }, { type: 'released' });
    expect(checkLock(acquired(0, 'a', 5), released)).toBe('violation');
    const held = lock(0, { type: 'acquire', peer: 'a' }, { type: 'held' });
    expect(checkLock(held)).toBe('violation'); // by nobody
  });

  test('a repeated registration may be the one that counts (seed 14 of the simulator)', () => {
    const gone = {
      calledAt: 2,
      answeredAt: Infinity,
      input: { type: 'gone' } as const,
      output: null,
    };
    const again = { ...service(3, 'a', true), answeredAt: 7 };
    const history = [service(0, 'a', true), gone, again, look(4, ''), look(8, 'a')];
    expect(checkHistory(history, serviceModel)).toBe('linearizable');
  });

  test('a service has one owner', () => {
    expect(checkHistory([service(0, 'a', true), service(2, 'b', false)], serviceModel)).toBe(
      'linearizable',
    );
    expect(checkHistory([service(0, 'a', true), service(2, 'b', true)], serviceModel)).toBe(
      'violation',
    );
  });
});
