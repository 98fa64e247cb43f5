/**
 * What goes wrong on a real machine: each a clear message on the page, while the rest works and
 * nothing kept is lost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEpisode, encodeEpisode } from '@dreampitch/sim';
import type { Browser, BrowserContext, Page } from 'playwright';
import { expect, test } from 'vitest';
import { openBrowserForTests } from './around-tests.ts';
import { look } from './drive.ts';
import { launchBrowser, launchOnProfile, type Relay } from './product.ts';

let relay: Relay;
let browser: Browser;

openBrowserForTests((opened) => {
  ({ relay, browser } = opened);
});

const SLOW = { timeout: 60_000, interval: 100 };
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const scoreOf = (page: Page) => page.getByRole('status', { name: 'Score' });
const clockOf = (page: Page) => page.getByRole('timer', { name: 'Time left' });

/** The match runs: its clock goes on by a second. By then it is long enough to be kept. */
async function expectPlay(page: Page): Promise<void> {
  await scoreOf(page).waitFor({ timeout: 60_000 });
  const secondsLeft = async () => {
    const [minutes, seconds] = (await clockOf(page).textContent())!.split(':').map(Number);
    return minutes! * 60 + seconds!;
  };
  const first = await secondsLeft();
  await expect.poll(secondsLeft, SLOW).toBeLessThan(first);
}

async function inContext(use: (page: Page, context: BrowserContext) => Promise<void>) {
  const context = await browser.newContext({ acceptDownloads: true });
  try {
    await use(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

/** Plays a little with consent, so that one match is kept; leaves the page on its Data panel. */
async function keepMatch(page: Page): Promise<void> {
  await page.goto(relay.origin);
  await button(page, 'Keep my matches').click();
  await expectPlay(page);
  await page.getByRole('link', { name: 'Data' }).click();
  await button(page, /^Watch You/).waitFor();
}

type Bytes = readonly number[];

/** Changes the newest kept match behind the page's back, as a failing disk or an older page would. */
async function alter(page: Page, change: (bytes: Bytes) => Bytes): Promise<void> {
  const access = (altered: Bytes | null) =>
    page.evaluate(async (written) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error!);
        });
      const database = await done(indexedDB.open('dreampitch'));
      const store = database.transaction('episodeBytes', 'readwrite').objectStore('episodeBytes');
      const rows = (await done(store.getAll())) as { id: number; bytes: Uint8Array }[];
      const row = rows.at(-1)!;
      if (written) await done(store.put({ id: row.id, bytes: Uint8Array.from(written) }));
      database.close();
      return [...row.bytes];
    }, altered);
  await access(change(await access(null)));
}

function ofAnotherVersion(bytes: Bytes): Bytes {
  const decoded = decodeEpisode(Uint8Array.from(bytes));
  if (!decoded.ok) throw new Error(`the page kept what cannot be read: ${decoded.reason}`);
  return [...encodeEpisode({ ...decoded.episode, version: '0'.repeat(64) })];
}

test('an address without a page says so and leads back', () =>
  inContext(async (page) => {
    await page.goto(`${relay.origin}/no/such/page`);
    await page.getByText('There is no page at').waitFor({ timeout: 60_000 });
    await button(page, 'Back to the match').click();
    await expectPlay(page);
    expect(new URL(page.url()).pathname).toBe('/');
  }));

test('a damaged match is named; it can be exported and deleted, and the others can be watched', () =>
  inContext(async (page) => {
    await keepMatch(page);
    await page.keyboard.press('1');
    await page.keyboard.press('r');
    await clockOf(page).filter({ hasText: '3:00' }).waitFor(); // not the match before
    await expectPlay(page);
    await page.getByRole('link', { name: 'Data' }).click();
    await expect.poll(() => button(page, /^Watch You/).count(), SLOW).toBe(2);
    await alter(page, (bytes) => bytes.slice(0, bytes.length >> 1));
    await page.reload();
    await page.getByText(/^Damaged/).waitFor({ timeout: 60_000 });
    const [newest, oldest] = await button(page, /^Watch You/).all();
    expect(await newest!.isDisabled()).toBe(true);
    const download = page.waitForEvent('download');
    await button(page, /^Export You/)
      .first()
      .click();
    expect((await download).suggestedFilename()).not.toBe('');
    await button(page, /^Delete You/)
      .first()
      .click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => button(page, /^Watch You/).count(), SLOW).toBe(1);
    await oldest!
      .page()
      .getByRole('button', { name: /^Watch You/ })
      .click();
    await button(page, 'Verify').click();
    await page.getByText(/^Replays to the bit/).waitFor();
  }));

test('a match of another version of the game says so and is shown from its key states', () =>
  inContext(async (page) => {
    await keepMatch(page);
    await alter(page, ofAnotherVersion);
    await page.reload();
    await page.getByText(/^Played in another version/).waitFor({ timeout: 60_000 });
    await button(page, /^Watch You/).click();
    await button(page, 'Verify').click();
    await page.getByText(/cannot be replayed to the bit/).waitFor();
    const position = page.getByRole('slider', { name: 'Position' });
    await position.press('End');
    await expect.poll(() => position.inputValue().then(Number), SLOW).toBeGreaterThan(60);
  }));

test('a full disk is said plainly, and what was kept stays', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'dreampitch-profile-'));
  const { origin } = relay;
  try {
    const before = await launchOnProfile(profile);
    await keepMatch(await before.context.newPage());
    await before.kill();
    // A new process: Chromium remembers for a while how much room a database has.
    const { context, kill } = await launchOnProfile(profile);
    try {
      const page = await context.newPage();
      const cdp = await context.newCDPSession(page);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
      await page.goto(origin);
      await expectPlay(page);
      await page.getByRole('link', { name: 'Data' }).click();
      const full = page.getByRole('complementary').getByText(/The disk is full/);
      await full.waitFor();
      await button(page, 'Dismiss').click();
      await button(page, /^Watch You/).click();
      await button(page, 'Verify').click();
      await page.getByText(/^Replays to the bit/).waitFor();
    } finally {
      await kill();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('without IndexedDB the match plays and the page says that nothing is kept', () =>
  inContext(async (page) => {
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
    });
    await page.goto(relay.origin);
    await expectPlay(page);
    await page.getByRole('link', { name: 'Data' }).click();
    await page.getByText(/gives the page no storage/).waitFor();
    await page.getByRole('link', { name: 'Train' }).click();
    await page.getByText(/gives the page no storage/).waitFor();
    await page.getByRole('link', { name: 'Match' }).click();
    await expectPlay(page);
  }));

test('without cross-origin isolation one thread trains, and the page says why', () =>
  inContext(async (page) => {
    await page.route('**/*', async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers() };
      delete headers['cross-origin-opener-policy'];
      delete headers['cross-origin-embedder-policy'];
      await route.fulfill({ response, headers });
    });
    await page.goto(`${relay.origin}/train`);
    await scoreOf(page).waitFor({ timeout: 60_000 });
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/not cross-origin isolated/).waitFor();
    await page.getByText(/Runs on WASM SIMD, 1 thread/).waitFor({ timeout: 60_000 });
  }));

test('a dialog that cannot be loaded is said, and the match goes on', () =>
  inContext(async (page) => {
    await page.route('**/assets/dialogs-*', (route) => route.abort());
    await page.goto(relay.origin);
    await expectPlay(page);
    await page.keyboard.press('?');
    const alert = page.getByRole('alert').filter({ hasText: 'The dialog failed' });
    await alert.getByRole('button', { name: 'Close' }).click();
    await alert.waitFor({ state: 'hidden' });
    await expectPlay(page);
    await page.keyboard.press('?');
    await alert.waitFor();
    await page.unroute('**/assets/dialogs-*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('dialog', { name: 'How to play' }).waitFor();
  }));

test('a training that does not get started can be stopped', () =>
  inContext(async (page) => {
    await page.route('**/assets/worker-*', () => undefined); // never answered
    await page.goto(`${relay.origin}/train`);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText('Getting ready to train a 1v1 player…').waitFor();
    await button(page, 'Stop training').click();
    await page.getByRole('region', { name: 'New training' }).waitFor();
  }));

test('a lost WebGPU device: the match goes on', () =>
  inContext(async (page) => {
    await page.addInitScript(() => {
      // The real method with one step after it.
      type Request = (this: GPUAdapter, options?: GPUDeviceDescriptor) => Promise<GPUDevice>;
      const { prototype } = GPUAdapter;
      const request = Object.getOwnPropertyDescriptor(prototype, 'requestDevice')!.value as Request;
      prototype.requestDevice = async function (this: GPUAdapter, options) {
        const device = await request.call(this, options);
        Object.assign(globalThis, { loseDevice: () => device.destroy() });
        return device;
      };
    });
    await page.goto(`${relay.origin}/?renderer=webgpu`);
    await expectPlay(page);
    await page.evaluate(() => (globalThis as unknown as { loseDevice: () => void }).loseDevice());
    await page.getByText(/The graphics device was lost; the match goes on/).waitFor();
    await expectPlay(page);
  }));

test('graphics lost for good: the match stops, kept as far as it was seen', () =>
  inContext(async (page) => {
    await page.goto(`${relay.origin}/?renderer=webgl&measure`);
    await expectPlay(page);
    await button(page, 'Keep my matches').click({ timeout: 60_000 });
    await page.getByRole('img', { name: 'The pitch' }).evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext('webgl2')!;
      GPU.prototype.requestAdapter = () => Promise.resolve(null);
      HTMLCanvasElement.prototype.getContext = () => null;
      context.getExtension('WEBGL_lose_context')!.loseContext();
    });
    await page.getByText(/no other one could be opened/).waitFor({ timeout: 60_000 });
    const { tick } = await look(page);
    await page.getByRole('link', { name: 'Data' }).click();
    await button(page, /^Watch You/).waitFor();
    expect((await look(page)).tick).toBe(tick);
  }));

test('without WebGPU and WebGL the page says what to do; Data and Train still open', async () => {
  const bare = await launchBrowser(['--disable-3d-apis', '--disable-gpu']);
  try {
    const page = await bare.newPage();
    await page.goto(relay.origin);
    await page.getByText(/gives neither WebGPU nor WebGL 2/).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Data' }).click();
    await page.getByText('No match is kept').waitFor();
    await page.getByRole('link', { name: 'Train' }).click();
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
  } finally {
    await bare.close();
  }
});
