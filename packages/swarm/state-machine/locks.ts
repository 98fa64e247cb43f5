/**
 * Locks with a time-out and fencing tokens. A lock alone does not exclude anybody: its holder may
 * be paused and wake after the time-out. So every grant carries a token above all earlier ones, and
 * whoever is written to checks it, as the store of values.ts does (Kleppmann, "How to do distributed
 * locking", 2016; Chubby's sequencers, Burrows 2006, section 2.4).
 */
import { OK, refused, type Command, type CommandResult, type PeerId } from './command.ts';
import { textBytes } from './holdings.ts';
import {
  LOCK_TTL_MS,
  LOCK_TTL_MS_MAX,
  LOCK_WAITERS_MAX,
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
    const reason = whyNot(context, command.lock);
    if (reason !== null) return refused(reason);
    machine.holdings.add('locks', peer, bytesOf(command.lock));
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
  const reason = whyNot(context, command.lock);
  if (reason !== null) return refused(reason);
  machine.holdings.add('locks', peer, bytesOf(command.lock));
  lock.waiters.push(waiter);
  return { type: 'waiting', position: lock.waiters.length - 1 };
}

const whyNot = ({ machine, peer }: Context, lock: string) =>
  machine.holdings.whyNot('locks', peer, bytesOf(lock));

/** Of a hold, or of a place in the queue: each as if the name stood there once more. */
const HOLD_BYTES = 72;
const bytesOf = (lock: string) => textBytes(lock) + HOLD_BYTES;

/** Everyone who holds it or waits. */
export function inLock({ name, holder, waiters }: Lock): { peer: PeerId; bytes: number }[] {
  const peers = [...(holder === null ? [] : [holder.peer]), ...waiters.map(({ peer }) => peer)];
  return peers.map((peer) => ({ peer, bytes: bytesOf(name) }));
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
  const { locks, holdings } = context.machine;
  for (const lock of locks.values()) {
    const staying = lock.waiters.filter((waiter) => waiter.peer !== peer);
    if (staying.length < lock.waiters.length) holdings.remove('locks', peer, bytesOf(lock.name));
    lock.waiters = staying;
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
  context.machine.holdings.remove('locks', peer, bytesOf(lock.name));
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

export function holderOf(machine: Machine, lock: string): Lock['holder'] {
  return machine.locks.get(lock)?.holder ?? null;
}
