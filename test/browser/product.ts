/**
 * The built product for tests and benches: the relay as a process on a free loopback port, and real
 * Chromium around it. Nothing here knows what is on a page.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type BrowserContext } from 'playwright';
import { CHROMIUM_FLAGS, chromiumPath } from '../chromium.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

function executable(): string {
  const path = chromiumPath();
  if (path === null)
    throw new Error('No Chromium is installed; run `npm test`, which installs one.');
  return path;
}

export type Relay = AsyncDisposable & { origin: string };

/** Starts the relay over dist/game; it is stopped when disposed. */
export async function startRelay(): Promise<Relay> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'dreampitch-data-'));
  const child = spawn(process.execPath, [join(ROOT, 'apps/relay/main.ts')], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_FOLDER: dataFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /http:\/\/localhost:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      origin: `http://127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        await exited;
        rmSync(dataFolder, { recursive: true, force: true });
      },
    };
  }
  throw new Error('The relay ended before it printed its address; its output is above.');
}

/** A headless Chromium with a profile of its own in memory. */
export function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: [...CHROMIUM_FLAGS, ...flags] });
}

export type ProfileBrowser = { context: BrowserContext; kill: () => Promise<void> };

/** Chromium on a profile on disk, as a process that can be killed the way a crash kills it. */
export async function launchOnProfile(profileFolder: string): Promise<ProfileBrowser> {
  const portFile = join(profileFolder, 'DevToolsActivePort');
  rmSync(portFile, { force: true });
  const child: ChildProcess = spawn(
    executable(),
    [
      ...CHROMIUM_FLAGS,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profileFolder}`,
      'about:blank',
    ],
    { stdio: 'ignore', detached: true },
  );
  const exited = once(child, 'exit');
  const kill = async () => {
    // The whole process group at once: renderers and storage get no chance to finish anything.
    process.kill(-child.pid!, 'SIGKILL');
    await exited;
  };
  const deadline = performance.now() + 30_000;
  while (!existsSync(portFile) || readFileSync(portFile, 'utf8').split('\n').length < 2) {
    if (performance.now() > deadline) {
      await kill();
      throw new Error('Chromium did not open its debugging port within 30 s.');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const port = readFileSync(portFile, 'utf8').split('\n')[0];
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  return { context: browser.contexts()[0]!, kill };
}
