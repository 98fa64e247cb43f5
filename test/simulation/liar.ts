/** A stranger that says whatever might do harm. The room's key does not vouch for it. */
import type { Message } from '@dreampitch/swarm';
import { pick } from './plan.ts';
import type { World } from './world.ts';
import { STRANGER } from './world.ts';

const LIE_EVERY_MS = 700;

export function startLiar(world: World, isOver: () => boolean): void {
  const { queue, rng } = world;
  const again = () => {
    if (isOver()) return;
    lie(world);
    queue.after(LIE_EVERY_MS * rng.nextFloat(), again);
  };
  queue.after(LIE_EVERY_MS, again);
}

function lie(world: World): void {
  const { rng, peers } = world;
  const target = pick(rng, peers);
  if (target.status !== 'up') return;
  const { term, log, commit } = target.state;
  const header = { from: `${STRANGER}1`, to: target.id, term: term + rng.nextInt(3) };
  const { lastIndex, lastTerm } = log;
  const previous = { previousIndex: lastIndex, previousTerm: lastTerm };
  const lies: Message[] = [
    { ...header, type: 'vote', lastIndex: lastIndex + 9, lastTerm: term, transfer: true },
    { ...header, type: 'vote-reply', granted: true },
    { ...header, type: 'heartbeat', commit: lastIndex, round: 1 },
    { ...header, type: 'append', ...previous, entries: [], commit: commit + 3, round: 1 },
    { ...header, type: 'append-accepted', match: lastIndex, round: 99 },
    { ...header, type: 'timeout-now' },
    { ...header, type: 'read-reply', ticket: 1, index: 0 },
  ];
  world.carry(rng.nextInt(peers.length), pick(rng, lies));
}
