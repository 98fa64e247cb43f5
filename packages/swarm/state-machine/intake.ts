/**
 * What is asked of a leader, between the links and the log. A caller that hears nothing asks
 * again; but what waits in the log already, or was applied, is answered without a second entry, or
 * the repeats of a slow room would make it slower still. Nobody gets more than a few places in the
 * log at once, or one who asks all the time makes the room 'busy' for everyone else. Start one with
 * the leader's duties (leader.ts). One that leads no more still tells its askers what is applied,
 * until it leads again.
 */
import { refused, type CommandResult, type PeerId, type Proposal } from './command.ts';
import { tokenAt } from './guard.ts';
import type { Machine } from './state.ts';

/** Who asked and what, as the link says it; only `join` has session 0. */
export type Asked = Pick<Proposal, 'peer' | 'session' | 'sequence'>;

/** Told of one request: the latest; whoever asks often enough to be more has given up the others. */
const ASKERS_MAX = 4;

/**
 * Commands of one peer under way. What one that asks without end costs the room of the simulator's
 * seed 6611, where five others get 231 done in a minute: with 32 under way all but a few, with four
 * a fifth; and four per round trip of 100 ms are 40 commands a second.
 */
export const UNDER_WAY_MAX = 4;

/**
 * Identities cost nothing: of all whom the room's key does not vouch for, together. What ends an
 * attempt takes none of these places: the room gave that work out itself, and one who asks all the
 * time would keep everybody's results from it.
 */
export const STRANGERS_UNDER_WAY_MAX = 8;

type UnderWay<Asker> = { readonly askers: Asker[]; readonly isStrangers: boolean };

export class Intake<Asker> {
  readonly #machine: Machine;
  readonly #underWay = new Map<string, UnderWay<Asker>>();
  readonly #counts = new Map<PeerId, number>();
  #strangers = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * 'propose': nobody asked that before. 'waits': `applied` or `refused` will name this asker too.
   * 'busy': not now; worth asking again after a heartbeat. `asked` is a proposal of wire/admission.ts:
   * what a request says of itself, above all who vouches for it, is corrected there.
   */
  take(
    asked: Asked & Pick<Proposal, 'command'>,
    asker: Asker,
  ): CommandResult | 'propose' | 'waits' | 'busy' {
    const waiting = this.#underWay.get(keyOf(asked));
    if (waiting !== undefined) {
      waiting.askers.push(asker);
      if (waiting.askers.length > ASKERS_MAX) waiting.askers.shift();
      return 'waits';
    }
    const answer = answerOf(this.#machine, asked);
    if (answer !== null) return answer;
    const isStrangers = this.#isStranger(asked) && !this.#endsAttempt(asked);
    const count = this.#counts.get(asked.peer) ?? 0;
    if (count >= UNDER_WAY_MAX) return 'busy';
    if (isStrangers && this.#strangers >= STRANGERS_UNDER_WAY_MAX) return 'busy';
    this.#counts.set(asked.peer, count + 1);
    if (isStrangers) this.#strangers++;
    this.#underWay.set(keyOf(asked), { askers: [asker], isStrangers });
    return 'propose';
  }

  /** Call for every proposal that was applied; returns who is to be told. */
  applied(asked: Asked): readonly Asker[] {
    return this.#end(asked);
  }

  /** The log did not take it; returns who is to be told. */
  refused(asked: Asked): readonly Asker[] {
    return this.#end(asked);
  }

  #isStranger({ peer, command }: Parameters<Intake<Asker>['take']>[0]): boolean {
    const info = command.type === 'join' ? command.info : this.#machine.members.get(peer)?.info;
    return info?.vouchedBy === '';
  }

  #endsAttempt({ peer, command }: Parameters<Intake<Asker>['take']>[0]): boolean {
    if (command.type !== 'result' && command.type !== 'fail') return false;
    const attempts = this.#machine.ledger.open.get(command.job)?.attempts ?? [];
    const attempt = attempts.find(({ token }) => token === command.token);
    return attempt?.peer === peer && attempt.result === null;
  }

  #end(asked: Asked): readonly Asker[] {
    const key = keyOf(asked);
    const ended = this.#underWay.get(key);
    if (ended === undefined) return [];
    this.#underWay.delete(key);
    if (ended.isStrangers) this.#strangers--;
    const left = this.#counts.get(asked.peer)! - 1;
    if (left > 0) this.#counts.set(asked.peer, left);
    else this.#counts.delete(asked.peer);
    return ended.askers;
  }
}

function keyOf({ peer, session, sequence }: Asked): string {
  return `${session} ${sequence} ${peer}`;
}

/** What is applied is decided: that answer stays, whoever leads by now. */
function answerOf(
  { members, epoch, index }: Machine,
  { peer, session, sequence, command }: Asked & Pick<Proposal, 'command'>,
): CommandResult | 'busy' | null {
  const member = members.get(peer);
  if (member === undefined && command.type !== 'join') {
    // A session is its join's place in the log: one from before is over. One that is still to come
    // was given by another leader, after this one, which is to learn that first; or it is made up.
    return session <= tokenAt(epoch, index) ? refused('not-a-member') : 'busy';
  }
  if (member === undefined || member.session !== session) return null;
  return member.answers.find((given) => given.sequence === sequence)?.result ?? null;
}
