/** Figures that are measured in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Figure } from '../figure.ts';

/** Runs a script, whose last line is its figures as JSON; none where it fails. */
export async function figuresOf(
  script: string,
  what: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Figure[]> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const wgsl = new URL('../../../packages/compute/node-wgsl.mjs', import.meta.url).href;
  const process_ = spawn(process.execPath, ['--import', wgsl, script, what], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(process_, 'exit') as Promise<[number | null]>;
  const output = await text(process_.stdout);
  const [status] = await exited;
  if (status !== 0) {
    // The other figures of the run are worth having where this one does not run.
    console.error(`No figures of ${basename(script)} (${what}): it ended with status ${status}.`);
    return [];
  }
  return JSON.parse(output.trim().split('\n').at(-1)!) as Figure[];
}
