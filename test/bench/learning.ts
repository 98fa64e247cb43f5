/**
 * Whole training steps of the tensor engine (loss, gradients, Adam): on WASM, one thread and all, beside
 * jax-js and held against the core's own multiply-add rate ("roof") in the same process; on WebGPU beside
 * jax-js and tfjs on the same adapter; and whole iterations of proximal policy optimisation against their parts.
 */
import { join } from 'node:path';
import { openWasm } from '@dreampitch/compute';
import type { Figure } from './figure.ts';
import { ppoFigures } from './learning-steps/ppo.ts';
import { figuresOf } from './peers/child.ts';
import { againstSwiftShader, onGpu } from './peers/webgpu.ts';

const CHILD = join(import.meta.dirname, 'peers', 'learning-child.ts');
const GPU_CHILD = join(import.meta.dirname, 'peers', 'learning-gpu-child.ts');

export async function bench(): Promise<Figure[]> {
  const figures = [
    ...(await figuresOf(CHILD, 'one')),
    ...(await figuresOf(CHILD, 'all')),
    ...(await againstSwiftShader(GPU_CHILD)),
    ...(await onGpu(GPU_CHILD)),
  ];
  using compute = await openWasm();
  figures.push(...(await ppoFigures(compute)));
  return figures;
}
