import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { LeaderDuties } from '../state-machine/leader.ts';
import { CHECKED_JOB, INFO, Room } from '../state-machine/room-for-tests.ts';
import { AUDIT_DEFAULTS } from './audit.ts';
import { restepped } from './comparator.ts';

const SPEC = { ...CHECKED_JOB, attemptsMax: 1 };

const hash = (fill: number) => new Uint8Array(32).fill(fill);

const WITHHELD = 3; // a result of which nobody ever sees more than the hash

/** A room with its leader; `relay` is trusted, and a result's bytes are those of its hash. */
class Audited extends Room {
  readonly duties: LeaderDuties;

  constructor(seed: number, peers: readonly string[]) {
    super();
    this.join('client', ...peers);
    this.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
    const steps = restepped({
      transitionsOf: (_, bytes) => [...bytes].map((value) => transition(value)),
      step: (before) => before,
      toleranceOf: () => ({ absolute: 0, relative: 0 }),
      isClose: (a, b) => a[0] === b[0],
      sampleCount: 4,
    });
    const options = {
      self: 'leader',
      strategy: 'round-robin' as const,
      rng: createRng(seed),
      isTrusted: (peer: string) => peer === 'relay',
      comparators: new Map([['steps', steps]]),
      bytesOf: (of: Uint8Array) => (of[0] === WITHHELD ? null : of),
      audit: { ...AUDIT_DEFAULTS, knownShare: 1 },
    };
    this.duties = new LeaderDuties(this.machine, options, 0);
  }

  /** The leader does what is due, until nothing is. */
  lead(): void {
    for (let commands = this.duties.due(this.nowMs); commands.length > 0;) {
      for (const command of commands) this.propose('', command);
      this.duties.placed(this.machine.index);
      commands = this.duties.due(this.nowMs);
    }
  }

  /** Everyone delivers what is assigned: 1 is right, and who lies says 2. */
  deliver(...liars: string[]): void {
    for (const { spec, attempts } of this.machine.ledger.open.values()) {
      for (const { peer, token, result } of attempts) {
        if (result !== null) continue;
        const { job } = spec;
        this.ask(peer, { type: 'result', job, token, hash: hash(liars.includes(peer) ? 2 : 1) });
      }
    }
  }

  /** A second at a time: everyone is heard, and only these deliver what they are given. */
  pass(seconds: number, ...workers: string[]): void {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1_000;
      for (const peer of this.machine.members.keys()) this.duties.heard(peer, this.nowMs);
      this.lead();
      for (const { spec, attempts } of this.machine.ledger.open.values()) {
        for (const { peer, token, result } of attempts) {
          if (result !== null || !workers.includes(peer)) continue;
          this.ask(peer, { type: 'result', job: spec.job, token, hash: hash(1) });
        }
      }
    }
  }

  stateOf(job: string) {
    return this.machine.ledger.jobs.get(job)!.state;
  }
}

/** State 1 stays; anything else is a lie. */
const transition = (value: number) => {
  const before = new Uint8Array([value]);
  return { before, input: before, after: new Uint8Array([value === 1 ? 1 : 0]) };
};

test('a trajectory is judged by its own steps: no second peer, and no liar gets through', () => {
  const room = new Audited(1, ['a']);
  room.ask('client', { type: 'submit', spec: { ...SPEC, comparator: 'steps' } });
  room.lead();
  room.deliver('a');
  room.lead();
  expect(room.machine.reputations.get('a')).toMatchObject({ passed: 0, failed: 1 });
  room.deliver(); // it was given the job again
  room.lead();
  expect(room.machine.ledger.jobs.get('j')).toMatchObject({ state: 'done', losses: 1 });
  expect(room.machine.reputations.get('a')).toMatchObject({ passed: 1, failed: 1 });
});

test('who names a result and never shows it is rejected in time, and the job goes on', () => {
  const room = new Audited(1, ['a']);
  const wait = (ms: number) => {
    room.nowMs += ms;
    for (const peer of ['client', 'a']) room.duties.heard(peer, room.nowMs);
    room.lead();
  };
  room.ask('client', { type: 'submit', spec: { ...SPEC, comparator: 'steps' } });
  wait(0);
  const { token } = room.machine.ledger.jobs.get('j')!.attempts[0]!;
  room.ask('a', { type: 'result', job: 'j', token, hash: hash(WITHHELD) });
  wait(0);
  wait(AUDIT_DEFAULTS.bytesWithinMs - 1);
  expect(room.stateOf('j')).toBe('verifying');
  wait(1);
  expect(room.machine.reputations.get('a')).toMatchObject({ passed: 0, failed: 1 });
  room.deliver(); // it was given the job again
  wait(0);
  expect(room.stateOf('j')).toBe('done');
});

test('a trusted result stands though the first attempt, the only one allowed, was a lie', () => {
  const room = new Audited(1, ['a']);
  room.ask('client', { type: 'submit', spec: SPEC });
  room.lead();
  room.join('relay');
  room.deliver('a');
  room.lead();
  room.deliver();
  room.lead();
  expect(room.machine.ledger.jobs.get('j')).toMatchObject({
    state: 'done',
    accepted: { peer: 'relay', hash: hash(1) },
  });
});

test('what was recomputed is asked again, of a peer that has not met it; lies cost it trust', () => {
  const room = new Audited(1, ['a', 'b']);
  room.ask('client', { type: 'submit', spec: SPEC });
  room.lead();
  room.join('relay');
  room.deliver();
  room.lead(); // the relay recomputes
  room.deliver();
  room.lead();
  expect(room.stateOf('j')).toBe('done');
  const [met] = room.machine.reputations.keys();
  const other = met === 'a' ? 'b' : 'a';
  room.ask('relay', { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask(met!, { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('client', { type: 'submit', spec: { ...SPEC, job: 'k', payload: new Uint8Array([8]) } });
  room.lead();
  room.deliver(other); // a newcomer: its result is audited, and that by a question
  room.lead();
  const question = [...room.machine.ledger.open.values()].find((job) => job.submittedBy === '')!;
  expect(question.spec).toMatchObject({ kind: SPEC.kind, payload: SPEC.payload });
  expect(question.attempts).toMatchObject([{ peer: other }]);
  room.deliver(other);
  room.lead();
  expect(room.machine.reputations.get(other)).toMatchObject({ passed: 0, failed: 1 });
  expect(room.stateOf(question.spec.job)).toBe('cancelled');
});

test('a result that cannot wait is recomputed half way to its deadline', () => {
  const room = new Audited(1, ['a']);
  for (let i = 0; i < 40; i++) {
    room.ask('client', { type: 'submit', spec: { ...SPEC, job: `j${i}`, comparator: 'steps' } });
    room.lead();
    room.deliver();
    room.lead();
  }
  room.ask('client', { type: 'submit', spec: { ...SPEC, deadlineInMs: 60_000 } });
  room.lead();
  room.deliver();
  room.join('relay');
  room.nowMs = 29_000;
  room.duties.heard('a', room.nowMs);
  room.duties.heard('relay', room.nowMs);
  room.lead();
  const job = room.machine.ledger.jobs.get('j')!;
  expect(job).toMatchObject({ state: 'verifying', attempts: [{ peer: 'a' }] });
  room.nowMs = 31_000;
  room.lead();
  expect(job.attempts).toMatchObject([{ peer: 'a' }, { peer: 'relay', purpose: 'replica' }]);
});

test.each(['checked', 'first'] as const)(
  'who lives and never delivers does not hold a job up for ever (%s)',
  (acceptance) => {
    const peers = ['a', 'b', 'c', 'd', 'e'];
    const room = new Audited(3, peers);
    room.ask('client', { type: 'submit', spec: { ...SPEC, acceptance } });
    room.pass(1);
    const idle = room.machine.ledger.jobs.get('j')!.attempts[0]!.peer;
    room.pass(10); // a hedge, whose peer does nothing either
    const [first, second, ...more] = room.machine.ledger.jobs.get('j')!.attempts;
    expect([first!.peer, more]).toEqual([idle, []]);
    const workers = peers.filter((peer) => peer !== idle && peer !== second!.peer);
    room.pass(45, ...workers);
    expect(room.stateOf('j')).toBe('running'); // they may only be slow
    room.pass(90, ...workers);
    // Of a newcomer it is held, for all that this room has to say of it, and then checked.
    if (acceptance === 'checked') room.pass(AUDIT_DEFAULTS.holdMsMax / 1_000, ...workers);
    expect(room.stateOf('j')).toBe('done');
  },
);

test('where all whom a job was given to are idle, the first makes room for another', () => {
  const idle = ['a', 'b', 'c', 'd'];
  const room = new Audited(3, idle);
  room.ask('client', { type: 'submit', spec: SPEC });
  room.pass(400);
  expect(room.machine.ledger.jobs.get('j')!.attempts).toHaveLength(idle.length);
  room.join('e', 'f');
  room.pass(AUDIT_DEFAULTS.holdMsMax / 1_000 + 3_000, 'e', 'f'); // two of six do all the work
  expect(room.stateOf('j')).toBe('done');
});
