import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { INFO } from '../state-machine/room-for-tests.ts';
import { proposalOf, Vouchers } from './admission.ts';
import { anyCommand, anyDocumentMessage, anyMessage } from './arbitraries.ts';
import { decodeFrame, encodeFrame, openFrame, sealFrame, type Frame } from './frame.ts';
import { grammarText } from './grammar.ts';
import { createIdentity, keyOf, peerOf } from './identity.ts';
import { FRAME_BYTES_MAX } from './limits.ts';
import { isEpochOf, isVouchedFor, signEpoch, signVoucher } from './room-key.ts';

const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ type: fc.constant('raft' as const), message: anyMessage }),
  fc.record({
    type: fc.constant('request' as const),
    ticket: fc.nat(),
    session: fc.nat(),
    sequence: fc.nat(),
    command: anyCommand,
  }),
  fc.record({ type: fc.constant('busy' as const), ticket: fc.nat(), afterMs: fc.nat() }),
  fc.record({
    type: fc.constant('document' as const),
    document: fc.string({ maxLength: 20 }),
    message: anyDocumentMessage,
  }),
);

test('every frame decodes to what was encoded', () => {
  fc.assert(
    fc.property(anyFrame, (value) => {
      expect(decodeFrame(encodeFrame(value))).toEqual({ ok: true, value });
    }),
    { seed: 9, numRuns: 300 },
  );
});

/** A thousand a second in CI; `npm run bench -- swarm` does a million. */
test('mutated frames are decoded or refused, never thrown at', () => {
  const rng = createRng(11);
  let refused = 0;
  for (const sample of fc.sample(anyFrame, { seed: 5, numRuns: 300 })) {
    const good = encodeFrame(sample);
    for (let round = 0; round < 60; round++) {
      const bad = good.slice();
      for (let i = rng.nextInt(4); i >= 0; i--) bad[rng.nextInt(bad.length)] = rng.nextInt(256);
      if (!decodeFrame(bad.subarray(0, 1 + rng.nextInt(bad.length))).ok) refused++;
    }
  }
  expect(refused).toBeGreaterThan(5_000);
  expect(decodeFrame(new Uint8Array(FRAME_BYTES_MAX + 1))).toMatchObject({ reason: 'too-large' });
});

const room = new Uint8Array(16).fill(7);
const alive: Frame = { type: 'alive', loadShare: 0.5 };

test('a sealed frame opens for its room and names its sender', async () => {
  const identity = await createIdentity();
  expect(peerOf(keyOf(identity.peer)!)).toBe(identity.peer);
  const { peer: to } = await createIdentity();
  const sealed = await sealFrame(identity, { room, to }, alive);
  const opened = { ok: true, sender: identity.peer, frame: alive };
  expect(await openFrame({ room, to }, sealed)).toEqual(opened);
  const elsewhere = new Uint8Array(16).fill(8);
  expect(await openFrame({ room: elsewhere, to }, sealed)).toMatchObject({ reason: 'other-room' });
  // An answer to somebody else, passed on, answers nothing here.
  const other = { room, to: identity.peer };
  expect(await openFrame(other, sealed)).toMatchObject({ reason: 'other-recipient' });
  await expect(sealFrame(identity, { room, to: 'n1' }, alive)).rejects.toThrow('no identity');
});

test('a single changed bit closes it', async () => {
  const identity = await createIdentity();
  const self = { room, to: identity.peer };
  const sealed = await sealFrame(identity, self, alive);
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at]! ^= 1 << (at % 8);
    const opened = await openFrame(self, changed);
    expect(opened.ok, `byte ${at}`).toBe(false);
  }
  expect(await openFrame(self, sealed.subarray(0, 60))).toMatchObject({ reason: 'truncated' });
});

test('nobody speaks for another replica', async () => {
  const identity = await createIdentity();
  const message = { type: 'timeout-now', from: 'somebody', to: 'b', term: 3 } as const;
  const self = { room, to: identity.peer };
  const sealed = await sealFrame(identity, self, { type: 'raft', message });
  expect(await openFrame(self, sealed)).toMatchObject({ reason: 'impostor' });
});

test('only the room key vouches and opens epochs, for its room and that peer', async () => {
  const roomKey = await createIdentity();
  const other = await createIdentity();
  const here = { id: room, key: roomKey.peer };
  const voucher = await signVoucher(roomKey, room, other.peer);
  expect(await isVouchedFor(here, other.peer, voucher)).toBe(true);
  expect(await isVouchedFor(here, roomKey.peer, voucher)).toBe(false);
  expect(await isVouchedFor({ ...here, id: new Uint8Array(16) }, other.peer, voucher)).toBe(false);
  expect(await isVouchedFor({ ...here, key: other.peer }, other.peer, voucher)).toBe(false);
  const certificate = {
    epoch: 2,
    baseIndex: 40,
    baseTerm: 7,
    voters: [other.peer],
    learners: [],
  };
  const signature = await signEpoch(roomKey, room, certificate);
  expect(await isEpochOf(here, certificate, signature)).toBe(true);
  expect(await isEpochOf(here, { ...certificate, baseIndex: 41 }, signature)).toBe(false);
});

test('a member speaks for itself, and says of nobody that the room vouches for it', async () => {
  const [roomKey, peer] = [await createIdentity(), await createIdentity()];
  const vouchers = new Vouchers({ id: room, key: roomKey.peer });
  const voucher = await signVoucher(roomKey, room, peer.peer);
  expect(await vouchers.greeted(roomKey.peer, voucher)).toBe(false); // of somebody else
  expect(await vouchers.greeted(peer.peer, null)).toBe(false);
  expect(vouchers.has(peer.peer)).toBe(false);
  const join = { session: 0, sequence: 0, command: { type: 'join', info: INFO } } as const;
  const claims = { ...join, command: { ...join.command, info: { ...INFO, vouchedBy: 'room' } } };
  const stranger = { sender: peer.peer, isVouched: vouchers.has(peer.peer), atMs: 5 };
  expect(proposalOf(claims, stranger)).toEqual({ atMs: 5, peer: peer.peer, ...join });
  expect(await vouchers.greeted(peer.peer, voucher)).toBe(true);
  const friend = { ...stranger, isVouched: vouchers.has(peer.peer) };
  expect(proposalOf(join, friend).command).toEqual(claims.command);
});

test('names are keys, one name each', () => {
  expect(keyOf('')).toBe(null);
  expect(keyOf('not a key')).toBe(null);
  const name = peerOf(new Uint8Array(32).fill(255));
  expect(keyOf(`${name.slice(0, -1)}9`)).toBe(null); // the same 32 bytes, other spare bits
});

test('the grammar in README.md is what the codecs print', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  expect(readme).toContain(grammarText());
});
