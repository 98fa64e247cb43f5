/** Soccer 3v3 on WebGPU without a browser: SwiftShader as a Chromium brings it, and a real GPU. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { chromiumPath } from '../../chromium.ts';
import type { Figure } from '../figure.ts';
import { figuresOf } from './child.ts';

const ICD = 'vk_swiftshader_icd.json';
/** Debian's /usr/bin/chromium is a script; the browser lies here. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser'];

/** The folder of a Chromium that holds SwiftShader and a Vulkan loader; null where there is none. */
function swiftShaderFolder(): string | null {
  const path = chromiumPath();
  const folders = path === null ? FOLDERS : [dirname(realpathSync(path)), ...FOLDERS];
  return folders.find((folder) => existsSync(join(folder, ICD))) ?? null;
}

const CHILD = join(import.meta.dirname, 'webgpu-child.ts');

/** What one variable of the environment holds with a folder in front. */
const before = (folder: string, variable: string) => ({
  [variable]: [folder, process.env[variable]].filter(Boolean).join(delimiter),
});

/** What a script measures of `what`, with SwiftShader in place of graphics hardware. */
async function onSwiftShader(script: string, what: string): Promise<Figure[]> {
  const folder = swiftShaderFolder();
  if (folder === null) {
    console.error('No SwiftShader figures: no Chromium with SwiftShader for Vulkan was found.');
    return [];
  }
  return figuresOf(script, what, {
    VK_ICD_FILENAMES: join(folder, ICD),
    VK_DRIVER_FILES: join(folder, ICD),
    // The folder's own Vulkan loader: a machine without a GPU has none.
    ...before(folder, process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'),
  });
}

/** What a script measures on SwiftShader; by default one thread of WASM against the same text. */
export function againstSwiftShader(script = CHILD): Promise<Figure[]> {
  return onSwiftShader(script, 'swiftshader');
}

/**
 * The same on a real GPU adapter, where there is one. With SOFTWARE_GPU=1 in the environment
 * SwiftShader stands in for it, under names that say so: any machine can try the way to a GPU.
 */
export function onGpu(script = CHILD): Promise<Figure[]> {
  if (process.env['SOFTWARE_GPU'] === '1') return onSwiftShader(script, 'software-gpu');
  return figuresOf(script, 'gpu');
}
