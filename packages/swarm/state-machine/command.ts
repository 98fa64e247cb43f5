/**
 * Everything that can be asked of the replicated state, and everything it answers. This union is
 * the whole interface: what is not here cannot change the state. Bytes in ../wire/commands.ts.
 *
 * `tick`, `liveness`, `remove`, `assign`, `revoke`, `accept`, `reject`, `agree` are the leader's own
 * (proposed with an empty `peer`); everything else is a member's, under its session.
 */
import type { Budget } from '../jobs/budget.ts';
import type { JobCommand, JobRefusal } from '../jobs/command.ts';

/** A peer's identity: at the edge, base64url of its Ed25519 public key. 1 .. 64 characters. */
export type PeerId = string;

/** What a member says of itself. `vouchedBy` names who stands for it; '' is a stranger. */
export type NodeInfo = {
  readonly kind: 'relay' | 'tab' | 'headless';
  readonly capabilities: readonly string[]; // skill tags: 'webgpu', 'soccer-3v3', ...
  readonly vouchedBy: PeerId; // 'room' where its voucher was shown (../wire/admission.ts)
  readonly speedPerSecond: number; // cost units of work per second, measured
  readonly loadShare: number; // 0 .. 1 of what it offers
  readonly slots: number; // jobs it takes at once
  readonly adapterClass: string; // 'wasm', 'webgpu-nvidia', ...: how far floats may differ
  readonly budget: Budget;
};

export type Liveness = 'alive' | 'suspect' | 'dead';

/** A service somebody offers. `instance` is unique in the room; who registered it owns it. */
export type ServiceRecord = {
  readonly instance: string;
  readonly service: string;
  readonly capabilities: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly address: string;
};

export type Command =
  | { readonly type: 'tick' } // ends what is due by machine time (clock.ts)
  // Membership and node information.
  | { readonly type: 'join'; readonly info: NodeInfo }
  | { readonly type: 'info'; readonly info: NodeInfo }
  | { readonly type: 'leave' }
  | { readonly type: 'remove'; readonly member: PeerId }
  | { readonly type: 'liveness'; readonly member: PeerId; readonly to: Liveness }
  // Service registry.
  | { readonly type: 'register'; readonly record: ServiceRecord }
  | { readonly type: 'deregister'; readonly instance: string }
  // Locks. `wait` queues behind the holder; the grant then comes as an event.
  | {
      readonly type: 'acquire';
      readonly lock: string;
      readonly ttlMs: number; // 0: the default, 30 s
      readonly wait: boolean;
    }
  | {
      readonly type: 'renew';
      readonly lock: string;
      readonly token: number;
      readonly ttlMs: number;
    }
  | { readonly type: 'release'; readonly lock: string; readonly token: number }
  // A small guarded store: `lock` null writes unguarded; else the token is checked.
  | {
      readonly type: 'write';
      readonly key: string;
      readonly value: Uint8Array;
      readonly guard: { readonly lock: string; readonly token: number } | null;
    }
  // Under the same conditions as a write.
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly guard: { readonly lock: string; readonly token: number } | null;
    }
  // A quarantined peer asks for another chance (../trust/reputation.ts).
  | { readonly type: 'appeal' }
  // Events.
  | { readonly type: 'publish'; readonly topic: string; readonly payload: Uint8Array }
  | JobCommand;

/**
 * Why a command changed nothing; what to do about it is in refusal.ts. A refusal is an answer: it
 * is remembered like any other.
 */
export type Refusal =
  | 'not-a-member'
  | 'stale-session'
  | 'forgotten' // beyond ANSWERS_RETAINED
  | 'leader-only'
  | 'full' // a limit of the room
  | 'over-share' // a limit of this peer (holdings.ts)
  | 'not-owner'
  | 'unknown'
  | 'held'
  | 'stale-token'
  | 'too-early'
  | 'malformed'
  | JobRefusal;

export type CommandResult =
  | { readonly type: 'ok' }
  | { readonly type: 'joined'; readonly session: number }
  | { readonly type: 'granted'; readonly token: number; readonly expiresAtMs: number }
  | { readonly type: 'waiting'; readonly position: number }
  | { readonly type: 'published'; readonly sequence: number }
  | { readonly type: 'assigned'; readonly token: number }
  | { readonly type: 'refused'; readonly reason: Refusal };

/** What stands in the log. `atMs` is machine time, stamped by the leader (clock.ts). */
export type Proposal = {
  readonly atMs: number;
  readonly peer: PeerId; // '' is the leader itself
  readonly session: number; // from `joined`; 0 with `join` and for the leader
  /** Counts a session's commands from 1; of a `join`, drawn anew. A repeat carries the same. */
  readonly sequence: number;
  readonly command: Command;
};

export const OK: CommandResult = Object.freeze({ type: 'ok' });
export const refused = (reason: Refusal): CommandResult => ({ type: 'refused', reason });
