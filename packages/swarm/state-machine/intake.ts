/**
 * What members ask of a leader, between the links and the log. A caller that hears nothing asks
 * again; but what waits in the log already, or was applied, is answered without a second entry, or
 * the repeats of a slow room would make it slower still. Start one with the leader's duties
 * (leader.ts). One that leads no more still tells its askers what is applied, until it leads again.
 */
import type { CommandResult, Proposal } from './command.ts';
import type { Machine } from './state.ts';

/** Who asked and what, as the link says it; only `join` has session 0. */
export type Asked = Pick<Proposal, 'peer' | 'session' | 'sequence'>;

/** Told of one request: the latest; whoever asks often enough to be more has given up the others. */
const ASKERS_MAX = 4;

export class Intake<Asker> {
  readonly #machine: Machine;
  readonly #waiting = new Map<string, Asker[]>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** 'propose': nobody asked that before. 'waits': `applied` or `refused` will name this asker too. */
  take(asked: Asked, asker: Asker): CommandResult | 'propose' | 'waits' {
    const askers = this.#waiting.get(keyOf(asked));
    if (askers !== undefined) {
      askers.push(asker);
      if (askers.length > ASKERS_MAX) askers.shift();
      return 'waits';
    }
    const answer = answerOf(this.#machine, asked);
    if (answer !== null) return answer;
    this.#waiting.set(keyOf(asked), [asker]);
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

  #end(asked: Asked): readonly Asker[] {
    const key = keyOf(asked);
    const askers = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return askers;
  }
}

function keyOf({ peer, session, sequence }: Asked): string {
  return `${session} ${sequence} ${peer}`;
}

/** What is applied is decided: that answer stays, whoever leads by now. */
function answerOf({ members }: Machine, { peer, session, sequence }: Asked): CommandResult | null {
  const member = members.get(peer);
  if (member === undefined || member.session !== session) return null;
  return member.answers.find((given) => given.sequence === sequence)?.result ?? null;
}
