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

/** One thread of WASM against the same text on SwiftShader. */
export async function againstSwiftShader(): Promise<Figure[]> {
  const folder = swiftShaderFolder();
  if (folder === null) {
    console.error('No SwiftShader figures: no Chromium with SwiftShader for Vulkan was found.');
    return [];
  }
  return figuresOf(CHILD, 'swiftshader', {
    VK_ICD_FILENAMES: join(folder, ICD),
    VK_DRIVER_FILES: join(folder, ICD),
    // The folder's own Vulkan loader: a machine without a GPU has none.
    ...before(folder, process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'),
  });
}

/** A real GPU adapter, where there is one. */
export function onGpu(): Promise<Figure[]> {
  return figuresOf(CHILD, 'gpu');
}
