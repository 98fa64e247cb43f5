/**
 * How anyone asks the room: of whoever is said to lead, again and elsewhere when no answer comes,
 * and at last not at all. Questions and answers are lost, doubled and late like everything else.
 */
import type { Command, CommandResult, NodeInfo, Rng } from '@dreampitch/swarm';
import type { EventQueue } from './event-queue.ts';
import type { Answer, Peer, Request } from './peer.ts';
import { chance, pick } from './plan.ts';

export type CallerSurroundings = {
  readonly queue: EventQueue;
  readonly rng: Rng;
  readonly retryMs: number;
  peers(): readonly Peer[];
  /** Nobody reaches anyone. */
  isHeld(): boolean;
};

const GIVE_UP_MS = 6_000;
const LATENCY_MS = 6;
const LOST_SHARE = 0.01;
const DOUBLED_SHARE = 0.03;
const DOUBLED_DELAY_MS = 4_000;
const FORGETS_LEADER_SHARE = 0.3; // so that it may meet another

/** Answers after which nobody can know whether the command happened earlier. */
const ENDED: ReadonlySet<string> = new Set(['stale-session', 'not-a-member', 'forgotten']);

export type Session = { readonly peer: string; readonly session: number; sequence: number };

export class Caller {
  session: Session | null = null;
  generation = 0;
  readonly #name: string;
  readonly #around: CallerSurroundings;
  #leader: string | null = null;

  constructor(name: string, around: CallerSurroundings) {
    this.#name = name;
    this.#around = around;
  }

  get peer(): string {
    return `${this.#name}.${this.generation}`;
  }

  /** Whoever lost its session comes back as itself, or is never seen again. */
  join(info: NodeInfo, then: () => void): void {
    if (this.generation === 0 || chance(this.#around.rng, 0.5)) this.generation++;
    const { peer } = this;
    const command: Command = { type: 'join', info };
    const sequence = this.#around.rng.nextInt(2 ** 32); // another join than any before
    this.call({ type: 'command', peer, session: 0, sequence, command }, (answer) => {
      const result = answer?.type === 'result' ? answer.result : null;
      if (result?.type === 'joined') this.session = { peer, session: result.session, sequence: 0 };
      then();
    });
  }

  /** Null: given up, and nobody knows whether it happened. */
  command(session: Session, command: Command, then: (result: CommandResult | null) => void): void {
    const { peer } = session;
    const sequence = ++session.sequence;
    const request: Request = { type: 'command', peer, session: session.session, sequence, command };
    this.call(request, (answer) => {
      const result = answer?.type === 'result' ? answer.result : null;
      const isLost = result === null || (result.type === 'refused' && ENDED.has(result.reason));
      if (isLost && this.session === session) this.session = null;
      then(isLost ? null : result);
    });
  }

  call(request: Request, then: (answer: Answer | null) => void): void {
    const { queue } = this.#around;
    const untilMs = queue.nowMs + GIVE_UP_MS;
    if (chance(this.#around.rng, FORGETS_LEADER_SHARE)) this.#leader = null;
    let open = true;
    const settle = (answer: Answer | null) => {
      if (!open) return;
      open = false;
      then(answer);
    };
    this.#attempt(request, { untilMs, isOpen: () => open, settle });
  }

  #attempt(
    request: Request,
    call: { untilMs: number; isOpen: () => boolean; settle: (answer: Answer | null) => void },
  ): void {
    const { queue, rng, retryMs } = this.#around;
    if (!call.isOpen()) return;
    if (queue.nowMs >= call.untilMs) return call.settle(null);
    const again = (delayMs: number) => queue.after(delayMs, () => this.#attempt(request, call));
    let answered = false;
    const onAnswer = (answer: Answer) => {
      if (answered || chance(rng, LOST_SHARE)) return;
      queue.after(1 + rng.nextFloat() * LATENCY_MS, () => {
        if (answered) return;
        answered = true;
        // Not all at once, or the same crowd stands there again.
        if (answer.type === 'busy') return again(answer.afterMs * (0.5 + rng.nextFloat()));
        if (answer.type !== 'refused') return call.settle(answer);
        this.#leader = answer.leader;
        again(10 + rng.nextFloat() * 60);
      });
    };
    const target = this.#target(request);
    if (target !== null) this.#carry(target, request, onAnswer);
    queue.after(retryMs, () => {
      if (answered) return;
      answered = true;
      this.#leader = null;
      again(0);
    });
  }

  #carry(target: Peer, request: Request, onAnswer: (answer: Answer) => void): void {
    const { queue, rng } = this.#around;
    if (chance(rng, LOST_SHARE) || this.#around.isHeld()) return;
    const ask = () => target.ask(request, onAnswer);
    queue.after(1 + rng.nextFloat() * LATENCY_MS, ask);
    if (chance(rng, DOUBLED_SHARE)) queue.after(rng.nextFloat() * DOUBLED_DELAY_MS, ask);
  }

  /** Commands go to whom they say leads; questions anywhere, for followers answer them too. */
  #target(request: Request): Peer | null {
    const { rng } = this.#around;
    const peers = this.#around.peers().filter((peer) => peer.status !== 'down'); // a closed link
    const leader = peers.find((peer) => peer.id === this.#leader);
    const elsewhere = request.type === 'query' && chance(rng, 0.5);
    if (leader !== undefined && !elsewhere) return leader;
    return peers.length === 0 ? null : pick(rng, peers);
  }
}
