/** The picture on both targets. WebGPU draws off the screen here: SwiftShader's cannot present. */
import type { MatchState } from '@dreampitch/sim';
import { soccer } from '@dreampitch/sim';
import * as THREE from 'three/webgpu';
import { expect, test } from 'vitest';
import '../style/tokens.css';
import { buildScene } from './build-scene.ts';
import { CameraRig } from './camera-rig.ts';
import { readPalette } from './palette.ts';
import { pitchSizeOf } from './pitch-size.ts';
import type { Backend } from './renderer.ts';
import { openRenderer } from './renderer.ts';

/** The width is a multiple of 64: WebGPU pads rows to 256 bytes. */
const SIZE = { width: 256, height: 160 };
const still = { velocityX: 0, velocityY: 0 };
const moment: MatchState = {
  tick: 0,
  phase: 'play',
  phaseTicks: 0,
  clockTicks: 0,
  score: [0, 0],
  ball: { x: 0, y: 0, ...still },
  robots: [
    { x: -0.4, y: 0.1, angle: 0.5, turnRate: 0, ...still },
    { x: 0.4, y: -0.1, angle: 2.5, turnRate: 0, ...still },
  ],
  events: [],
};

async function draw(backend: Backend): Promise<Uint8Array> {
  const canvas = document.createElement('canvas');
  canvas.width = SIZE.width;
  canvas.height = SIZE.height;
  const drawing = { backend, software: true, words: '' };
  const opened = await openRenderer(canvas, drawing, () => undefined);
  const target = new THREE.RenderTarget(SIZE.width, SIZE.height);
  const pitch = pitchSizeOf(soccer(1).parameters);
  const built = buildScene(pitch, readPalette(document.documentElement), true);
  const rig = new CameraRig(pitch);
  rig.resize(SIZE, { top: 0, bottom: 0, side: 0 });
  rig.advance(0, { own: null, ball: { x: 0, z: 0 } }, { x: 0, z: 0, share: 0 });
  built.actors.setMarked([0]);
  built.actors.place({ previous: moment, state: moment, blend: 1 }, 0);
  opened.renderer.setRenderTarget(target);
  opened.renderer.render(built.scene, rig.camera);
  const { width, height } = SIZE;
  const read = await opened.renderer.readRenderTargetPixelsAsync(target, 0, 0, width, height);
  const pixels = new Uint8Array(read.buffer.slice(0)).slice(0, read.byteLength);
  built.dispose();
  opened.close();
  return pixels;
}

/** Share of pixels near a colour. */
function shareNear(pixels: Uint8Array, css: string, tolerance: number): number {
  const wanted = new THREE.Color(css).getHex(THREE.SRGBColorSpace);
  const parts = [wanted >> 16, (wanted >> 8) & 255, wanted & 255];
  let near = 0;
  for (let i = 0; i + 3 < pixels.length; i += 4) {
    if (parts.every((part, c) => Math.abs(pixels[i + c]! - part) <= tolerance)) near += 1;
  }
  return near / (SIZE.width * SIZE.height);
}

/** WebGL reads from the bottom. */
function upsideDown(pixels: Uint8Array): Uint8Array {
  const row = 4 * SIZE.width;
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < SIZE.height; y++) {
    out.set(pixels.subarray(y * row, (y + 1) * row), (SIZE.height - 1 - y) * row);
  }
  return out;
}

test.each(['webgl', 'webgpu'] as const)('%s draws pitch, teams and sky', async (backend) => {
  const pixels = await draw(backend);
  const palette = readPalette(document.documentElement);
  expect(shareNear(pixels, palette.pitch, 40)).toBeGreaterThan(0.25);
  expect(shareNear(pixels, palette.blue, 48)).toBeGreaterThan(0.003);
  expect(shareNear(pixels, palette.orange, 48)).toBeGreaterThan(0.003);
  expect(shareNear(pixels, palette['wall-top'], 40)).toBeGreaterThan(0.01);
});

test('both targets draw the same picture', async () => {
  const [webgl, webgpu] = [upsideDown(await draw('webgl')), await draw('webgpu')];
  expect(webgpu.length).toBe(webgl.length);
  let sum = 0;
  for (let i = 0; i < webgl.length; i++) sum += Math.abs(webgl[i]! - webgpu[i]!);
  expect(sum / webgl.length).toBeLessThan(4);
});
