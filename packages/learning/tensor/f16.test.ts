/**
 * Halves on an adapter that computes with them (`shader-f16`): a graphics card, or Mesa's lavapipe
 * (Debian: mesa-vulkan-drivers from backports). SwiftShader does not, so this looks for one by Dawn.
 */
import { type Compute, NoTargetError, openCompute } from '@dreampitch/compute';
import { afterAll, test } from 'vitest';
import { create } from 'webgpu';
import { HALF_CASES } from './half-cases.ts';

const gpu = create([]); // collected before its devices it would end the process
const compute = await adapterWithHalves();
afterAll(() => compute?.[Symbol.dispose]());

async function adapterWithHalves(): Promise<Compute | null> {
  try {
    const opened = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true, gpu });
    if (opened.hasF16) return opened;
    opened[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof NoTargetError)) throw error;
  }
  return null;
}

const where = compute ? 'with arithmetic of halves' : 'not tested, no adapter with shader-f16 here';
test.runIf(compute).each(HALF_CASES)(`${where}: %s`, (_, expectation) => expectation(compute!));
