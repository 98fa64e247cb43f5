/** Panels over a running match, keys in them, and two tabs on one training run. */
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBrowserForTests } from './around-tests.ts';
import { look } from './drive.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let browser: Browser;
let context: BrowserContext;

openBrowserForTests((opened) => {
  ({ relay, browser } = opened);
});
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(relay.origin + path);
  await page.getByRole('status', { name: 'Score' }).waitFor();
  return page;
}

const tickOf = async (page: Page) => (await look(page)).tick;
const pathOf = (page: Page) => new URL(page.url()).pathname;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test('a new match that is asked for in a panel is begun in sight, not behind it', async () => {
  const page = await open('/?measure');
  for (const begin of [
    () => page.keyboard.press('r'),
    async () => {
      await page.keyboard.press('n');
      await button(page, 'Kick off').click();
    },
  ]) {
    await expect.poll(() => tickOf(page), SLOW).toBeGreaterThan(60);
    await page.keyboard.press('2');
    await page.getByRole('region', { name: 'Paused' }).waitFor();
    const paused = await tickOf(page);
    await begin();
    await expect.poll(() => pathOf(page), SLOW).toBe('/');
    await expect.poll(() => tickOf(page), SLOW).toBeLessThan(paused);
  }
});

test('keys that do not move a choice work after it was clicked', async () => {
  const page = await open('/train');
  await page.getByRole('radiogroup', { name: 'Robots' }).getByText('2v2').click();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('radio', { name: '3v3', checked: true }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => pathOf(page), SLOW).toBe('/');
});

test('a browser without game pads plays', async () => {
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'getGamepads', { value: undefined });
  });
  const page = await open('/?measure');
  await expect.poll(() => tickOf(page), SLOW).toBeGreaterThan(60);
});

const generationOf = async (page: Page) =>
  Number(
    await page
      .locator('dl.numbers div', { has: page.getByText('Generation', { exact: true }) })
      .locator('dd')
      .textContent(),
  );

test('a second tab shows the run of the first, and goes on from its end', async () => {
  const first = await open('/train');
  await button(first, 'Train').click();
  await expect.poll(() => generationOf(first), SLOW).toBeGreaterThan(2);
  const second = await open('/train');
  const state = second.getByRole('status', { name: 'Training state' });
  await state.getByText('Training in another tab').waitFor();
  await first.bringToFront();
  const before = await generationOf(first);
  await expect.poll(() => generationOf(first), SLOW).toBeGreaterThan(before + 2);
  await button(first, 'Pause training').click();
  await button(first, 'Resume training').waitFor();
  await second.bringToFront();
  await button(second, 'Resume training').waitFor();
  expect(await generationOf(second)).toBe(await generationOf(first));
});

test('a damaged run is said, can be deleted, and a new one can be started', async () => {
  const page = await open('/train');
  await button(page, 'Train').click();
  await expect.poll(() => generationOf(page), SLOW).toBeGreaterThan(1);
  await button(page, 'Pause training').click();
  await button(page, 'Resume training').waitFor();
  await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
    const database = await done(indexedDB.open('dreampitch'));
    const store = database.transaction('runs', 'readwrite').objectStore('runs');
    const [row] = (await done(store.getAll())) as { recipe?: unknown }[];
    delete row!.recipe;
    await done(store.put(row));
    database.close();
  });
  await page.reload();
  await page.getByText('A run that cannot be read').waitFor();
  await button(page, 'New run').click();
  await button(page, 'Train').click();
  await expect.poll(() => generationOf(page), SLOW).toBeGreaterThan(1);
  await page.getByRole('button', { name: /^Delete damaged run/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('A run that cannot be read').waitFor({ state: 'hidden' });
});
