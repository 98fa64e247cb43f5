/** Soccer 3v3 on WebGPU without a browser: SwiftShader as a Chromium brings it, and a real GPU. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { chromiumPath } from '../../chromium.ts';
import type { Figure } from '../figure.ts';

const ICD = 'vk_swiftshader_icd.json';
/** Debian's /usr/bin/chromium is a script; the browser lies here. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser'];

/** The folder of a Chromium that holds SwiftShader and a Vulkan loader; null where there is none. */
function swiftShaderFolder(): string | null {
  const path = chromiumPath();
  const folders = path === null ? FOLDERS : [dirname(realpathSync(path)), ...FOLDERS];
  return folders.find((folder) => existsSync(join(folder, ICD))) ?? null;
}

async function child(what: string, environment: NodeJS.ProcessEnv): Promise<Figure[]> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const wgsl = new URL('../../../packages/compute/node-wgsl.mjs', import.meta.url).href;
  const script = join(import.meta.dirname, 'webgpu-child.ts');
  const process_ = spawn(process.execPath, ['--import', wgsl, script, what], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(process_, 'exit') as Promise<[number | null]>;
  const output = await text(process_.stdout);
  const [status] = await exited;
  if (status !== 0) {
    // The other figures of the run are worth having where Dawn does not run.
    console.error(`No figures of WebGPU in Node (${what}): it ended with status ${status}.`);
    return [];
  }
  return JSON.parse(output.trim().split('\n').at(-1)!) as Figure[];
}

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
  return child('swiftshader', {
    VK_ICD_FILENAMES: join(folder, ICD),
    VK_DRIVER_FILES: join(folder, ICD),
    // The folder's own Vulkan loader: a machine without a GPU has none.
    ...before(folder, process.platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH'),
  });
}

/** A real GPU adapter, where there is one. */
export function onGpu(): Promise<Figure[]> {
  return child('gpu', {});
}
