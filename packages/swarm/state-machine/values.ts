/** A small store in which locks guard what is written: their tokens are checked here. */
import { OK, refused, type Command, type CommandResult, type Refusal } from './command.ts';
import { textBytes } from './holdings.ts';
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

/** A guarded change holds only while its peer holds its lock with exactly that token. */
function whyNotChange(
  { machine, peer }: Context,
  { key, guard }: Of<'write' | 'delete'>,
): Refusal | null {
  const { holdings, locks, rules, values } = machine;
  const old = values.get(key);
  if (guard !== null && rules.tokenIsChecked) {
    const holder = locks.get(guard.lock)?.holder;
    // The token alone proves nothing: everybody reads it in the log.
    if (holder?.token !== guard.token || holder.peer !== peer) return 'stale-token';
    if (guard.token < (old?.token ?? 0)) return 'stale-token';
  }
  if (old === undefined) return null;
  // What was once guarded stays guarded: an unguarded write would slip past the token.
  if (guard === null && old.token > 0) return 'stale-token';
  // Strangers decide nothing: what somebody wrote whom the room's key vouches for stays.
  if (holdings.isStranger(old.owner)) {
    if (!holdings.isStranger(peer)) return null;
  } else if (holdings.isStranger(peer)) return 'not-owner';
  // And by the same lock, or whoever takes another would write past who holds this one.
  return guard !== null && old.token > 0 && guard.lock !== old.lock ? 'not-owner' : null;
}

/** For linearizable reads: ask only a replica that Raft's read index has cleared. */
export function valueOf(machine: Machine, key: string): Uint8Array | null {
  return machine.values.get(key)?.value ?? null;
}
