/** What a neighbour that means harm can do to one peer, and what it can not. */
import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { UPDATE_IDS_MAX } from '../wire/limits.ts';
import { DocumentPeer } from './document-peer.ts';
import type { DocumentEffect } from './effect.ts';
import type { DocumentMessage, Presence, Update, UpdateId } from './message.ts';
import { DOCUMENT_DEFAULTS, MISSING_MAX } from './settings.ts';

const signature = new Uint8Array(64);
const { presenceMs, graftMs } = DOCUMENT_DEFAULTS;

function peerWith(...neighbours: readonly string[]): DocumentPeer {
  const peer = new DocumentPeer({ self: 'me', rng: createRng(1), nowMs: 0 });
  peer.arrange(
    neighbours.map((one) => ({ peer: one, isEager: false })),
    0,
  );
  return peer;
}

const updateOf = (origin: string, sequence: number): DocumentMessage & Update => ({
  type: 'update',
  origin,
  sequence,
  bytes: new Uint8Array(3),
  signature,
});

const idsOf = (origin: string, count: number): UpdateId[] =>
  Array.from({ length: count }, (_, i) => ({ origin, sequence: i + 1 }));

const hello = (fill: number): DocumentMessage => ({
  type: 'hello',
  isReply: false,
  digest: new Uint8Array(8).fill(fill),
  stateVector: new Uint8Array(0),
});

const presence = (clock: number, state: Uint8Array | null): Presence & DocumentMessage => ({
  type: 'presence',
  peer: 'other',
  clock,
  state,
  signature,
});

const asked = (effects: readonly DocumentEffect[], of: string): UpdateId[] =>
  effects.flatMap((effect) =>
    effect.type === 'send' && effect.to === of && effect.message.type === 'graft'
      ? [...effect.message.ids]
      : [],
  );

test('however many hellos a neighbour says, one comparison is under way, with the latest', () => {
  const peer = peerWith('hostile', 'honest');
  const effects = [1, 2, 3].flatMap((fill) => peer.receive('hostile', hello(fill), 0));
  for (let i = 0; i < 2_000; i++) effects.push(...peer.receive('hostile', hello(9), 0));
  const [summarise, ...others] = effects;
  expect(others).toEqual([]);
  // There is room for everybody else.
  expect(peer.receive('honest', updateOf('author', 1), 0)).toMatchObject([{ type: 'apply' }]);
  const ours = { digest: new Uint8Array(8).fill(9), stateVector: new Uint8Array(0) };
  if (summarise?.type !== 'summarise') throw new Error('asked for nothing');
  expect(peer.summarised(summarise.ticket, ours, 0)).toEqual([]); // equal: the latest was compared
  expect(peer.receive('hostile', hello(1), 0)).toMatchObject([{ type: 'summarise' }]);
});

test.each([
  ['none', 0], // an old one, repeated after it fell out of what was seen
  ['waits', 1],
  ['change', 1],
] as const)('an update that brought %s is passed on to %i others', (news, count) => {
  const peer = peerWith('a', 'b');
  const [apply] = peer.receive('a', updateOf('author', 1), 0);
  if (apply?.type !== 'apply') throw new Error('not applied');
  expect(peer.applied(apply.ticket, { ok: true, news }, 0)).toHaveLength(count);
});

test('an author whose update failed is not tried again, whoever passes it on', () => {
  const peer = peerWith('a', 'b');
  const [apply] = peer.receive('a', updateOf('liar', 1), 0);
  if (apply?.type !== 'apply') throw new Error('not applied');
  const failed = peer.applied(apply.ticket, { ok: false, reason: 'timeout' }, 0);
  expect(failed).toMatchObject([{ type: 'blame', peer: 'liar' }]);
  expect(peer.receive('b', updateOf('liar', 2), 0)).toEqual([]);
  expect(peer.receive('b', updateOf('other', 1), 0)).toMatchObject([{ type: 'apply' }]);
});

test('who announces what does not exist keeps nobody else from being asked', () => {
  const peer = peerWith('hostile', 'honest');
  for (let from = 0; from < MISSING_MAX + 600; from += UPDATE_IDS_MAX) {
    const ids = idsOf('nobody', UPDATE_IDS_MAX).map(({ origin, sequence }) => ({
      origin,
      sequence: sequence + from,
    }));
    peer.receive('hostile', { type: 'have', ids }, 0);
  }
  peer.receive('honest', { type: 'have', ids: idsOf('author', 1) }, 0);
  expect(asked(peer.tick(graftMs), 'honest')).toEqual(idsOf('author', 1));
});

test('of more announced updates than one message names, all are asked for', () => {
  const peer = peerWith('a', 'b');
  const ids = idsOf('author', 400);
  peer.receive('a', { type: 'have', ids: ids.slice(0, 200) }, 0);
  peer.receive('b', { type: 'have', ids: ids.slice(200) }, 0);
  peer.receive('a', { type: 'have', ids: ids.slice(200) }, 0);
  peer.arrange([{ peer: 'a', isEager: false }], 0); // b is gone: a must be asked for everything
  const all = [graftMs, graftMs + 100].flatMap((nowMs) => asked(peer.tick(nowMs), 'a'));
  expect(all).toHaveLength(400);
});

test('who is gone is not brought back by its last word, only by a later one', () => {
  const peer = peerWith('a');
  const state = new Uint8Array([5]);
  expect(peer.receive('a', presence(7, state), 0)).toMatchObject([{ type: 'presence', state }]);
  expect(peer.tick(2 * presenceMs)).toContainEqual({
    type: 'presence',
    peer: 'other',
    state: null,
  });
  expect(peer.receive('a', presence(7, state), 2 * presenceMs)).toEqual([]);
  const greeted = peer.arrange(
    [
      { peer: 'a', isEager: false },
      { peer: 'b', isEager: false },
    ],
    2 * presenceMs,
  );
  expect(greeted.filter((one) => one.type === 'send' && one.message.type === 'presence')).toEqual(
    [],
  );
  expect(peer.receive('a', presence(8, state), 2 * presenceMs)).toHaveLength(1);
});

test('who left does not go on saying so', () => {
  const peer = peerWith('a');
  peer.present({ peer: 'me', clock: 1, state: null, signature }, 0);
  const later = peer.tick(presenceMs).filter(({ type }) => type === 'renew-presence');
  expect(later).toEqual([]);
});
