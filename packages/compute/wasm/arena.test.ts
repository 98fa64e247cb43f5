import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArenaError } from '../errors.ts';
import { ALIGN_BYTES, Arena } from './arena.ts';

const MAX = 64 * 1024;
const create = () => new Arena({ startAddress: 128, endAddressMax: MAX, grow: () => true });

test('parts never overlap, are aligned, and freeing all leaves one whole arena', () => {
  const requests = fc.array(
    fc.record({ bytes: fc.integer({ min: 1, max: 3000 }), free: fc.nat() }),
  );
  fc.assert(
    fc.property(requests, (steps) => {
      const arena = create();
      const live: { address: number; bytes: number }[] = [];
      for (const step of steps) {
        if (step.free % 2 === 0 && live.length > 0) {
          arena.free(live.splice(step.free % live.length, 1)[0]!.address);
          continue;
        }
        try {
          live.push({ address: arena.allocate(step.bytes, 'part'), bytes: step.bytes });
        } catch (error) {
          expect(error).toBeInstanceOf(ArenaError);
        }
      }
      live.sort((a, b) => a.address - b.address);
      live.forEach((part, i) => {
        expect(part.address % ALIGN_BYTES).toBe(0);
        expect(part.address + part.bytes).toBeLessThanOrEqual(live[i + 1]?.address ?? MAX);
      });
      for (const part of live) arena.free(part.address);
      expect(arena.count).toBe(0);
      expect(arena.allocate(MAX - 128, 'all of it')).toBe(128);
    }),
  );
});

test('asking for more than the limit names the request and what is taken', () => {
  const arena = create();
  arena.allocate(1000, 'worlds');
  expect(() => arena.allocate(MAX, 'observations')).toThrow(
    /'observations' asks for 65536 bytes; 1024 of 65408 are taken/,
  );
});

test('a host without memory is an error, not a wrong address', () => {
  const arena = new Arena({ startAddress: 64, endAddressMax: MAX, grow: () => false });
  expect(() => arena.allocate(64, 'worlds')).toThrow(/the host has no more/);
});

test('freeing twice is noticed', () => {
  const arena = create();
  const address = arena.allocate(64, 'worlds');
  arena.free(address);
  expect(() => arena.free(address)).toThrow(/freed twice/);
});
