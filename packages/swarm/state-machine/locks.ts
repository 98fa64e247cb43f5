/**
 * Locks with a time-out and fencing tokens, and the store they guard. A lock alone does not
 * exclude anybody: its holder may be paused and wake after the time-out. So every grant carries a
 * token above all earlier ones, and whoever is written to checks it (Kleppmann, "How to do
 * distributed locking", 2016; Chubby's sequencers, Burrows 2006, section 2.4).
 */
import { OK, refused, type Command, type CommandResult } from './command.ts';
import {
  LOCK_TTL_MS,
  LOCK_TTL_MS_MAX,
  LOCK_WAITERS_MAX,
  LOCKS_MAX,
  VALUE_BYTES_MAX,
  VALUES_MAX,
  type Context,
  type Lock,
  type LockWaiter,
  type Machine,
} from './state.ts';

type Of<K extends Command['type']> = Extract<Command, { type: K }>;

/** Granting is idempotent: the holder that asks again gets the grant it has. */
export function acquire(context: Context, command: Of<'acquire'>): CommandResult {
  const { machine, peer } = context;
  const waiter: LockWaiter = { peer, ttlMs: ttlMs(command.ttlMs) };
  const lock = machine.locks.get(command.lock);
  if (lock === undefined) {
    if (machine.locks.size >= LOCKS_MAX) return refused('full');
    const created: Lock = { name: command.lock, holder: null, waiters: [] };
    machine.locks.set(command.lock, created);
    return grant(context, created, waiter);
  }
  if (lock.holder?.peer === peer) {
    return {
      type: 'granted',
      token: lock.holder.token,
      expiresAtMs: lock.holder.expiresAtMs,
    };
  }
  if (!command.wait) return refused('held');
  const position = lock.waiters.findIndex((other) => other.peer === peer);
  if (position >= 0) return { type: 'waiting', position };
  if (lock.waiters.length >= LOCK_WAITERS_MAX) return refused('full');
  lock.waiters.push(waiter);
  return { type: 'waiting', position: lock.waiters.length - 1 };
}

export function renew(context: Context, command: Of<'renew'>): CommandResult {
  const { machine } = context;
  const holder = machine.locks.get(command.lock)?.holder;
  if (holder === undefined || holder === null) return refused('unknown');
  if (holder.token !== command.token || holder.peer !== context.peer) return refused('stale-token');
  holder.expiresAtMs = machine.clockMs + ttlMs(command.ttlMs);
  machine.dueMs = Math.min(machine.dueMs, holder.expiresAtMs); // it may be sooner than before
  return { type: 'granted', token: holder.token, expiresAtMs: holder.expiresAtMs };
}

export function release(context: Context, command: Of<'release'>): CommandResult {
  const lock = context.machine.locks.get(command.lock);
  if (lock === undefined || lock.holder === null) return refused('unknown');
  const { peer, token } = lock.holder;
  if (token !== command.token || peer !== context.peer) return refused('stale-token');
  passOn(context, lock, 'released');
  return OK;
}

/** Everything a peer that is gone held or waited for. */
export function releaseAllOf(context: Context, peer: string): void {
  for (const lock of context.machine.locks.values()) {
    lock.waiters = lock.waiters.filter((waiter) => waiter.peer !== peer);
    if (lock.holder?.peer === peer) passOn(context, lock, 'released');
  }
}

export function expireLocks(context: Context): void {
  const { machine } = context;
  if (!machine.rules.locksExpire) return;
  for (const lock of machine.locks.values()) {
    if (lock.holder !== null && lock.holder.expiresAtMs <= machine.clockMs) {
      passOn(context, lock, 'expired');
    }
  }
}

/**
 * A new epoch ends every hold: in the history that was lost, the lock may have passed on, and its
 * later holder's token would then be above one that still counts here.
 */
export function endLocks(context: Context): void {
  for (const lock of context.machine.locks.values())
    if (lock.holder !== null) passOn(context, lock, 'expired');
}

/** Ends the holder's time and grants the first waiter, if any. */
function passOn(context: Context, lock: Lock, change: 'released' | 'expired'): void {
  const { peer, token } = lock.holder!;
  lock.holder = null;
  context.emit({ type: 'lock', lock: lock.name, peer, token, change });
  const next = lock.waiters.shift();
  if (next === undefined) context.machine.locks.delete(lock.name);
  else grant(context, lock, next);
}

function grant(context: Context, lock: Lock, waiter: LockWaiter): CommandResult {
  const { machine } = context;
  const expiresAtMs = machine.clockMs + waiter.ttlMs;
  const token = machine.rules.tokensIncrease ? context.token : context.token - context.index;
  lock.holder = { peer: waiter.peer, token, expiresAtMs };
  machine.dueMs = Math.min(machine.dueMs, expiresAtMs);
  context.emit({ type: 'lock', lock: lock.name, peer: waiter.peer, token, change: 'granted' });
  return { type: 'granted', token, expiresAtMs };
}

function ttlMs(asked: number): number {
  return Math.min(LOCK_TTL_MS_MAX, asked === 0 ? LOCK_TTL_MS : asked);
}

/** A guarded write holds only while its lock is held with exactly that token. */
export function write(context: Context, command: Of<'write'>): CommandResult {
  const { machine } = context;
  const old = machine.values.get(command.key);
  const valueBytes = machine.valueBytes - (old?.value.length ?? 0) + command.value.length;
  if (old === undefined && machine.values.size >= VALUES_MAX) return refused('full');
  if (valueBytes > VALUE_BYTES_MAX) return refused('full');
  const { guard } = command;
  if (guard !== null && machine.rules.tokenIsChecked) {
    const holder = machine.locks.get(guard.lock)?.holder;
    if (holder?.token !== guard.token || guard.token < (old?.token ?? 0)) {
      return refused('stale-token');
    }
  }
  // What was once guarded stays guarded: an unguarded write would slip past the token.
  if (guard === null && old !== undefined && old.token > 0) return refused('stale-token');
  machine.values.set(command.key, { value: command.value.slice(), token: guard?.token ?? 0 });
  machine.valueBytes = valueBytes;
  return OK;
}

/** For linearizable reads: ask only a replica that Raft's read index has cleared. */
export function valueOf(machine: Machine, key: string): Uint8Array | null {
  return machine.values.get(key)?.value ?? null;
}

export function holderOf(machine: Machine, lock: string): Lock['holder'] {
  return machine.locks.get(lock)?.holder ?? null;
}
