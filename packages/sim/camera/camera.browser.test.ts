import { openCompute, openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { drawnGames } from './drawn-games.ts';

test.each(['above', 'front'] as const)(
  'pictures from %s are the same on WebGPU and WASM, within one grey level',
  async (view) => {
    using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
    using wasm = await openWasm({ threadCount: 1 });
    const [drawn, wanted] = [await drawnGames(gpu, view), await drawnGames(wasm, view)];
    let apart = 0;
    drawn.forEach((value, i) => {
      if (Math.abs(value - wanted[i]!) > 1) apart++;
    });
    // Where a ray grazes an edge, rounding decides which side is seen: a pixel in many thousands.
    expect(apart / drawn.length).toBeLessThanOrEqual(view === 'above' ? 0 : 2e-4);
  },
);
