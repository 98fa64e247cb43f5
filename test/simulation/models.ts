/** What one copy of each object would answer: the specifications that histories are held against. */
import type { Model } from './linearizable.ts';

/** One key of the guarded store. `token` 0: unguarded. */
export type ValueInput =
  | { readonly type: 'write'; readonly value: number; readonly token: number }
  | { readonly type: 'read' };
export type ValueOutput =
  | { readonly type: 'written' }
  | { readonly type: 'stale' }
  | { readonly type: 'value'; readonly value: number }; // 0: nothing

type Value = { readonly value: number; readonly token: number };

/** A write with a token below that of an accepted write is never accepted. */
export const valueModel: Model<Value, ValueInput, ValueOutput> = {
  initial: { value: 0, token: 0 },
  apply(state, input, output) {
    if (input.type === 'read')
      return output === null || (output.type === 'value' && output.value === state.value)
        ? state
        : null;
    if (output?.type === 'stale') return state; // the lock may have passed on for many reasons
    return input.token < state.token ? null : { value: input.value, token: input.token };
  },
  isPure: (input, output) => input.type === 'read' || output.type === 'stale',
  key: (state) => `${state.value}:${state.token}`,
};

export type LockInput =
  | { readonly type: 'acquire'; readonly peer: string }
  | { readonly type: 'release'; readonly peer: string; readonly token: number };
export type LockOutput =
  | { readonly type: 'granted'; readonly token: number }
  | { readonly type: 'held' }
  | { readonly type: 'released' }
  | { readonly type: 'stale' };

type Lock = { readonly holder: string; readonly token: number }; // '' is nobody

/**
 * A holder's time may end between any two operations, so a grant may always follow; but its token
 * is above every one before it, nobody is told 'held' of a lock that nobody can hold, and only the
 * holder releases.
 */
export const lockModel: Model<Lock, LockInput, LockOutput> = {
  initial: { holder: '', token: 0 },
  apply(state, input, output) {
    const { peer } = input;
    if (input.type === 'acquire') {
      if (output === null) return { holder: peer, token: state.token };
      if (output.type === 'held')
        return state.holder !== '' && state.holder !== peer ? state : null;
      if (output.type !== 'granted') return null;
      if (state.holder === peer && state.token === output.token) return state;
      return output.token > state.token ? { holder: peer, token: output.token } : null;
    }
    if (output?.type === 'stale') return state;
    const holds = state.holder === peer && state.token === input.token;
    if (output === null) return holds ? { ...state, holder: '' } : state;
    return holds && output.type === 'released' ? { ...state, holder: '' } : null;
  },
  isPure: (_, output) => output.type === 'held' || output.type === 'stale',
  key: (state) => `${state.holder}:${state.token}`,
};

/** One instance name of the service registry: at most one owner, who alone ends it. */
export type ServiceInput =
  | { readonly type: 'register'; readonly peer: string }
  | { readonly type: 'deregister'; readonly peer: string }
  | { readonly type: 'gone' } // the room ended it: its owner died, or came back as new
  | { readonly type: 'look' };
export type ServiceOutput =
  | { readonly type: 'ok' }
  | { readonly type: 'refused' }
  | { readonly type: 'owner'; readonly peer: string }; // '' is nobody

export const serviceModel: Model<string, ServiceInput, ServiceOutput> = {
  initial: '',
  apply(owner, input, output) {
    switch (input.type) {
      case 'look':
        return output === null || (output.type === 'owner' && output.peer === owner) ? owner : null;
      case 'gone':
        return '';
      case 'register': {
        const free = owner === '' || owner === input.peer;
        if (output === null) return free ? input.peer : owner;
        return free === (output.type === 'ok') ? (free ? input.peer : owner) : null;
      }
      case 'deregister': {
        const owns = owner === input.peer;
        if (output === null) return owns ? '' : owner;
        return owns === (output.type === 'ok') ? (owns ? '' : owner) : null;
      }
      default:
        throw new Error(`unreachable: ${String(input satisfies never)}`);
    }
  },
  isPure: (input, output) => input.type === 'look' || output.type === 'refused',
  key: (owner) => owner,
};
