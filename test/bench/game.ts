/**
 * `npm run bench -- game`: the built page in a real Chromium, cold cache, over loopback: what is
 * downloaded before the match can be played, how long that takes, and what a tick and a frame cost.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright';
import { launchBrowser, startRelay } from '../browser/product.ts';
import { type Figure, figureOf } from './figure.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const REPETITIONS = 5;
const PLAY_MILLISECONDS = 8_000;
const ANSWER_MILLISECONDS = 500;
/** Ticks right after the start still run on code that the browser has not optimised. */
const WARM_UP_SHARE = 0.2;

type Opening = { kilobytes: number; playableMilliseconds: number };
type Playing = { tick: number; frameWork: number };

function p95(values: readonly number[]): number {
  if (values.length < 20) throw new Error(`only ${values.length} measures: the match did not run`);
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1]!;
}

/** Sums what came over the wire (headers and compressed bodies) until `until` resolves. */
async function bytesUntil(cdp: CDPSession, until: () => Promise<unknown>): Promise<number> {
  let bytes = 0;
  await cdp.send('Network.enable');
  cdp.on('Network.dataReceived', (event) => (bytes += event.encodedDataLength));
  cdp.on('Network.responseReceived', (event) => (bytes += event.response.encodedDataLength));
  await until();
  return bytes;
}

function playableMilliseconds(page: Page): Promise<number> {
  return page
    .waitForFunction(() => performance.getEntriesByName('playable')[0]?.startTime, null, {
      polling: 20,
      timeout: 60_000,
    })
    .then((handle) => handle.jsonValue() as Promise<number>);
}

/** A context of its own is a cold cache. */
async function open(browser: Browser, origin: string): Promise<Opening> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    let playable = 0;
    const bytes = await bytesUntil(cdp, async () => {
      await page.goto(origin, { waitUntil: 'commit' });
      playable = await playableMilliseconds(page);
    });
    // The mark is honest only where the page answers a key from then on.
    await page.keyboard.press('KeyP');
    await page.getByRole('region', { name: 'Paused' }).waitFor({ timeout: ANSWER_MILLISECONDS });
    return { kilobytes: bytes / 1000, playableMilliseconds: playable };
  } finally {
    await context.close();
  }
}

/** A 3v3 match against the scripted bots, recorded, with a key held down. */
async function play(browser: Browser, origin: string): Promise<Playing> {
  const context = await browser.newContext();
  try {
    await context.addInitScript(() => {
      const setup = { robotsPerTeam: 3, blue: 'you', orange: 'scripted', minutes: 3 };
      localStorage.setItem('dreampitch.setup', JSON.stringify(setup));
    });
    const page = await context.newPage();
    await page.goto(`${origin}/?measure`);
    await playableMilliseconds(page);
    await page.getByRole('button', { name: 'Keep my matches' }).click();
    await page.keyboard.down('KeyW');
    await page.waitForTimeout(PLAY_MILLISECONDS);
    const measured = await page.evaluate(() => {
      const durations = (name: string) =>
        performance.getEntriesByName(name, 'measure').map((entry) => entry.duration);
      return { tick: durations('tick'), frameWork: durations('frame-work') };
    });
    const warm = (values: number[]) => values.slice(Math.floor(values.length * WARM_UP_SHARE));
    return { tick: p95(warm(measured.tick)), frameWork: p95(warm(measured.frameWork)) };
  } finally {
    await context.close();
  }
}

export async function bench(): Promise<Figure[]> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  await using relay = await startRelay();
  const browser = await launchBrowser();
  try {
    await open(browser, relay.origin); // warm-up: the browser's own start
    const openings: Opening[] = [];
    for (let i = 0; i < REPETITIONS; i++) openings.push(await open(browser, relay.origin));
    const playings: Playing[] = [];
    for (let i = 0; i < REPETITIONS; i++) playings.push(await play(browser, relay.origin));
    return [
      figureOf(
        'download.compressedKilobytes',
        'kB',
        openings.map((opening) => opening.kilobytes),
      ),
      figureOf(
        'playable.milliseconds',
        'ms',
        openings.map((opening) => opening.playableMilliseconds),
      ),
      figureOf(
        'tick.p95Milliseconds',
        'ms',
        playings.map((playing) => playing.tick),
      ),
      figureOf(
        'mainThread.p95Milliseconds',
        'ms',
        playings.map((playing) => playing.frameWork),
      ),
    ];
  } finally {
    await browser.close();
  }
}
