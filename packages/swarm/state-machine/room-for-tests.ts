/** For tests: a machine and its clients, without consensus; what a tab and a job are like. */
import type { JobSpec } from '../jobs/command.ts';
import { encodeProposal } from '../wire/commands.ts';
import type { Command, CommandResult, NodeInfo } from './command.ts';
import { applyEntry, type Applied } from './machine.ts';
import { ALL_MACHINE_RULES, type MachineRules } from './rules.ts';
import { createMachine, type Machine } from './state.ts';

export const INFO: NodeInfo = {
  kind: 'tab',
  capabilities: ['wasm'],
  vouchedBy: '',
  speedPerSecond: 10,
  loadShare: 0,
  slots: 2,
  adapterClass: 'wasm',
  budget: { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: false },
};

export const JOB: JobSpec = {
  job: 'j',
  kind: 'train',
  payload: new Uint8Array(0),
  priority: 0,
  capabilities: [],
  costUnits: 10,
  memoryBytes: 0,
  deadlineInMs: 0,
  attemptsMax: 3,
  backoffMs: 500,
  lifetime: 'burst',
  acceptance: 'first',
  comparator: 'exact',
};

/** Checked, quick and tried again at once. */
export const CHECKED_JOB: JobSpec = {
  ...JOB,
  kind: 'rollout',
  payload: new Uint8Array([7]),
  costUnits: 1,
  backoffMs: 0,
  acceptance: 'checked',
};

/** A machine and its clients: sessions and sequences kept for them. */
export class Room {
  machine: Machine;
  nowMs = 0;
  readonly #sessions = new Map<string, { session: number; sequence: number }>();

  constructor(rules: Partial<MachineRules> = {}) {
    this.machine = createMachine({ ...ALL_MACHINE_RULES, ...rules });
  }

  propose(peer: string, command: Command, at?: { session: number; sequence: number }): Applied {
    const client = this.#sessions.get(peer) ?? { session: 0, sequence: 0 };
    this.#sessions.set(peer, client);
    if (at === undefined && command.type !== 'join') client.sequence++;
    const { session, sequence } = at ?? client;
    const applied = applyEntry(this.machine, {
      type: 'command',
      index: this.machine.index + 1,
      term: 1,
      command: encodeProposal({ atMs: this.nowMs, peer, session, sequence, command }),
    });
    const { result } = applied;
    if (result.type === 'joined') {
      this.#sessions.set(peer, { session: result.session, sequence: 0 });
    }
    return applied;
  }

  ask(peer: string, command: Command): CommandResult {
    return this.propose(peer, command).result;
  }

  join(...peers: string[]): this {
    for (const peer of peers) this.ask(peer, { type: 'join', info: INFO });
    return this;
  }

  lock(peer: string, wait = false): CommandResult {
    return this.ask(peer, { type: 'acquire', lock: 'L', ttlMs: 0, wait });
  }

  tick(nowMs: number): void {
    this.nowMs = nowMs;
    this.ask('', { type: 'tick' });
  }

  write(peer: string, token: number): CommandResult['type'] {
    const guard = { lock: 'L', token };
    return this.ask(peer, { type: 'write', key: 'k', value: new Uint8Array([1]), guard }).type;
  }
}
