import { expect, test } from 'vitest';
import type { DocumentEffect } from './effect.ts';
import { Exchange } from './exchange.ts';
import { DOCUMENT_DEFAULTS } from './settings.ts';

const PART_BYTES = 8 * 1024;

test('parts that overlap take no more memory than the whole that they claim to be', () => {
  const exchange = new Exchange({ emit: () => {}, settings: DOCUMENT_DEFAULTS });
  const summary = { digest: new Uint8Array(8), stateVector: new Uint8Array(0) };
  exchange.hello('hostile', summary, { isReply: false, nowMs: 0 });
  const bytes = new Uint8Array(PART_BYTES);
  const before = process.memoryUsage().arrayBuffers;
  for (let offset = 1; offset <= 10_000; offset++) {
    const part = { type: 'part', transfer: 1, totalBytes: 2 ** 20, offset, bytes } as const;
    expect(exchange.part('hostile', part, 0)).toBeNull();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 2 ** 20); // of 80 MB
});

const SUMMARY = { digest: new Uint8Array(8), stateVector: new Uint8Array(0) };
const partOf = (bytes: Uint8Array, totalBytes: number, offset = 0) =>
  ({ type: 'part', transfer: 1, totalBytes, offset, bytes }) as const;

/** An exchange that has asked all of these, and what it says. */
function asking(...peers: readonly string[]) {
  const sent: DocumentEffect[] = [];
  const emit = (effect: DocumentEffect) => void sent.push(effect);
  const exchange = new Exchange({ emit, settings: DOCUMENT_DEFAULTS });
  const ask = (nowMs: number) => {
    for (const peer of peers) exchange.hello(peer, SUMMARY, { isReply: false, nowMs });
    sent.length = 0;
  };
  ask(0);
  return { exchange, sent, ask };
}

test('a neighbour that trickles gives its place to one that does not, and only to one', () => {
  const { exchange, sent, ask } = asking('slow', 'good');
  const one = new Uint8Array(1);
  const least = new Uint8Array(1_024);
  let nowMs = 0;
  for (; nowMs <= 20_000; nowMs += 5_000) {
    exchange.part('slow', partOf(least, 64 * 2 ** 20, (nowMs / 5_000) * least.length), nowMs);
    exchange.tick(nowMs);
  }
  expect(exchange.isReceiving(nowMs)).toBe(false); // others are asked again
  ask(nowMs);
  expect(exchange.part('good', partOf(one, 1), nowMs)).toEqual(one);
  expect(sent).toContainEqual({
    type: 'send',
    to: 'slow',
    message: { type: 'stop', transfer: 1 },
  });
});

test('while a difference is being applied no other comes in: two would be twice the memory', () => {
  const { exchange, sent } = asking('a', 'b');
  const bytes = new Uint8Array(5);
  expect(exchange.part('a', partOf(bytes, 5), 0)).toEqual(bytes);
  expect(exchange.part('b', partOf(bytes, 5), 0)).toBeNull();
  expect(sent.at(-1)).toMatchObject({ to: 'b', message: { type: 'stop' } });
  exchange.taken();
  expect(exchange.part('b', partOf(bytes, 5), 0)).toEqual(bytes);
});

test('who acknowledges byte by byte does not keep a place from the others', () => {
  const { exchange } = asking();
  const slow = ['a', 'b', 'c', 'd'];
  for (const peer of slow) exchange.offer(peer, new Uint8Array(2 ** 20), 0);
  expect(exchange.canOffer('good', 0)).toBe(false);
  for (let nowMs = 1_000; nowMs <= 20_000; nowMs += 1_000) {
    for (const [i, peer] of slow.entries())
      exchange.more(peer, { type: 'more', transfer: i + 1, offset: nowMs / 1_000 }, nowMs);
    exchange.tick(nowMs);
  }
  expect(exchange.canOffer('good', 20_000)).toBe(true);
});

test('parts are small only where they end: each one that is kept costs more than its bytes', () => {
  const { exchange, sent } = asking('a');
  const reachedAfter = (bytes: number, offset: number) => {
    exchange.part('a', partOf(new Uint8Array(bytes), 3_000, offset), 0);
    const effect = sent.at(-1);
    return effect?.type === 'send' && effect.message.type === 'more' ? effect.message.offset : -1;
  };
  expect(reachedAfter(1, 0)).toBe(0);
  expect(reachedAfter(1_023, 0)).toBe(0);
  expect(reachedAfter(2_000, 0)).toBe(2_000);
  expect(reachedAfter(1, 2_000)).toBe(2_000);
  expect(reachedAfter(1_000, 2_000)).toBe(3_000);
});
