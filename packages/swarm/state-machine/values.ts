/** A small store in which locks guard what is written: their tokens are checked here. */
import { OK, refused, type Command, type CommandResult, type Refusal } from './command.ts';
import { textBytes } from './holdings.ts';
import { holderOf } from './locks.ts';
import type { Context, Machine, Value } from './state.ts';

type Of<K extends Command['type']> = Extract<Command, { type: K }>;

/** Who pays for it, its token, and what frames them. */
const ENTRY_BYTES = 80;
export const valueBytes = (key: string, { value, lock }: Pick<Value, 'value' | 'lock'>): number =>
  textBytes(key) + textBytes(lock) + value.length + ENTRY_BYTES;

/** The last one to write has it in its share, and the one before has it no more. */
export function write(context: Context, command: Of<'write'>): CommandResult {
  const { machine, peer } = context;
  const { key, guard } = command;
  const reason = whyNotChange(context, command);
  if (reason !== null) return refused(reason);
  const { holdings, values } = machine;
  const old = values.get(key);
  const { token, lock } = guard ?? { token: 0, lock: '' };
  const next: Value = { value: command.value.slice(), token, lock, owner: peer };
  const bytes = valueBytes(key, next);
  if (old !== undefined) holdings.remove('values', old.owner, valueBytes(key, old));
  const tooMuch = holdings.whyNot('values', peer, bytes);
  if (tooMuch !== null) {
    if (old !== undefined) holdings.add('values', old.owner, valueBytes(key, old));
    return refused(tooMuch);
  }
  holdings.add('values', peer, bytes);
  values.set(key, next);
  return OK;
}

export function remove(context: Context, command: Of<'delete'>): CommandResult {
  const { machine } = context;
  const old = machine.values.get(command.key);
  if (old === undefined) return refused('unknown');
  const reason = whyNotChange(context, command);
  if (reason !== null) return refused(reason);
  drop(machine, command.key, old);
  return OK;
}

function drop({ holdings, values }: Machine, key: string, value: Value): void {
  holdings.remove('values', value.owner, valueBytes(key, value));
  values.delete(key);
}

/** A stranger's values go with it: nobody else answers for them. Others outlive who wrote them. */
export function dropValuesOf(machine: Machine, peer: string): void {
  for (const [key, value] of machine.values) if (value.owner === peer) drop(machine, key, value);
}

/**
 * A guarded change holds only while its peer holds its lock with exactly that token, which is the
 * greatest of that lock; those of different locks say nothing of each other. What was once guarded
 * stays guarded, and by the same lock, until it is deleted.
 *
 * Strangers decide nothing: to who is vouched for a stranger's value is as if it were not there,
 * and a lock that a stranger holds (it may renew it for ever) guards nothing of who is vouched for:
 * the next of those to write under another lock has the key guarded by that one from then on.
 */
function whyNotChange(
  { machine, peer }: Context,
  { key, guard }: Of<'write' | 'delete'>,
): Refusal | null {
  const { holdings, rules, values } = machine;
  if (guard !== null && rules.tokenIsChecked) {
    const holder = holderOf(machine, guard.lock);
    // The token alone proves nothing: everybody reads it in the log.
    if (holder?.token !== guard.token || holder.peer !== peer) return 'stale-token';
  }
  const old = values.get(key);
  if (old === undefined) return null;
  const isStranger = holdings.isStranger(peer);
  if (holdings.isStranger(old.owner) !== isStranger) return isStranger ? 'not-owner' : null;
  if (old.token === 0) return null;
  if (guard === null) return 'stale-token'; // it would slip past the lock
  if (guard.lock === old.lock) return null;
  const holder = holderOf(machine, old.lock);
  return !isStranger && holder !== null && holdings.isStranger(holder.peer) ? null : 'not-owner';
}

/** For linearizable reads: ask only a replica that Raft's read index has cleared. */
export function valueOf(machine: Machine, key: string): Uint8Array | null {
  return machine.values.get(key)?.value ?? null;
}
