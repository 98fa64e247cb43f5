import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync, crc32 } from 'node:zlib';
import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { cartPole } from '../classic/classic.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { soccer } from '../soccer/soccer.ts';
import { Camera, type CameraView, PICTURE_SIZE } from './camera.ts';
import { drawnGames } from './drawn-games.ts';

/** Stills are looked at and kept: a missing one fails. `UPDATE_STILLS=1` draws them anew. */
const STILLS = join(import.meta.dirname, '../../../test/reference/camera');
const GAMES = 4;
const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** Pictures one below the other, as PNG with filter 0 in every row. */
function pngOf(pictures: Uint8Array): Buffer {
  const row = 4 * PICTURE_SIZE;
  const rows = pictures.length / row;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(PICTURE_SIZE, 0);
  header.writeUInt32BE(rows, 4);
  header.set([8, 6], 8);
  const filtered = Buffer.alloc(rows * (row + 1));
  for (let y = 0; y < rows; y++)
    filtered.set(pictures.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(filtered, { level: 9 }))];
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** What `pngOf` wrote. */
function picturesOf(png: Buffer): Uint8Array {
  const at = png.indexOf('IDAT');
  const filtered = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  const row = 4 * PICTURE_SIZE;
  const pictures = new Uint8Array((filtered.length / (row + 1)) * row);
  for (let y = 0; y * row < pictures.length; y++) {
    pictures.set(filtered.subarray(y * (row + 1) + 1, (y + 1) * (row + 1)), y * row);
  }
  return pictures;
}

test.each(['above', 'front'] as const)('pictures from %s are the stills', async (view) => {
  using compute = await openWasm({ threadCount: 1 });
  const pictures = await drawnGames(compute, view, GAMES);
  const path = join(STILLS, `${view}.png`);
  if (process.env['UPDATE_STILLS'] === '1') {
    mkdirSync(STILLS, { recursive: true });
    writeFileSync(path, pngOf(pictures));
  }
  const stills = picturesOf(readFileSync(path));
  expect(pictures.length).toBe(stills.length);
  let worst = 0;
  pictures.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - stills[i]!))));
  expect(worst).toBeLessThanOrEqual(1);
});

test('the ball is at least three pixels wide from above, wherever it lies', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const pictures = await drawnGames(compute, 'above', GAMES);
  const count = pictures.length / (4 * PICTURE_SIZE ** 2);
  for (let picture = 0; picture < count; picture++) {
    const widths = Array.from({ length: PICTURE_SIZE }, (_, y) => {
      const row = pictures
        .subarray((picture * PICTURE_SIZE + y) * 4 * PICTURE_SIZE)
        .subarray(0, 4 * PICTURE_SIZE);
      // Yellow: much red and green, little blue.
      return Array.from({ length: PICTURE_SIZE }, (_, x) => x).filter(
        (x) => row[4 * x]! > 120 && row[4 * x + 1]! > 155 && row[4 * x + 2]! < 140,
      ).length;
    });
    expect(Math.max(...widths), `picture ${picture}`).toBeGreaterThanOrEqual(3);
    expect(
      widths.reduce((a, b) => a + b, 0),
      `picture ${picture}`,
    ).toBeGreaterThanOrEqual(5);
  }
});

test.each<CameraView>(['above', 'front'])(
  'what a camera from %s holds is given back',
  async (view) => {
    using compute = await openWasm({ threadCount: 1 });
    using worlds = await VectorEnvironment.create(compute, soccer(2), { worldCount: 3 });
    const before = compute.arena.bufferCount;
    const camera = await Camera.create(worlds, view);
    expect(camera.pictureCount).toBe(view === 'above' ? 3 : 12);
    camera[Symbol.dispose]();
    expect(compute.arena.bufferCount).toBe(before);
  },
);

test('only soccer is drawn', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, cartPole, { worldCount: 1 });
  await expect(Camera.create(worlds, 'above')).rejects.toThrow('draws soccer, not CartPole-v1');
});

test('there may be as many pictures as memory has room for', async () => {
  using compute = await openWasm({ threadCount: 1, arenaBytesMax: 2 ** 25 });
  using worlds = await VectorEnvironment.create(compute, soccer(1), { worldCount: 4096 });
  const before = compute.arena.bufferCount;
  await expect(Camera.create(worlds, 'above')).rejects.toThrow(/asks for \d+ bytes/);
  expect(compute.arena.bufferCount).toBe(before);
});
