import { openCompute, openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { drawnGames } from './drawn-games.ts';

/** Hard edges were found out by less: 1 value in 5000 of four games. */
const GAMES = 64;

test.each(['above', 'front'] as const)(
  'pictures from %s are the same on WebGPU and WASM, within one grey level',
  async (view) => {
    using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
    using wasm = await openWasm({ threadCount: 1 });
    const [drawn, wanted] = [
      await drawnGames(gpu, view, GAMES),
      await drawnGames(wasm, view, GAMES),
    ];
    let worst = 0;
    drawn.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - wanted[i]!))));
    expect(worst).toBeLessThanOrEqual(1);
  },
);
