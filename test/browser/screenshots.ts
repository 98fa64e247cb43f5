/**
 * `npm run screenshots`: the main screens of the built page at desktop and phone size, with a match
 * played, kept and replayed and a player trained for real, into apps/game/screenshots.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright';
import { playUntil } from './drive.ts';
import { launchBrowser, startRelay } from './product.ts';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'apps', 'game', 'screenshots');
const DESKTOP = { name: 'desktop', width: 1280, height: 800, phone: false };
const PHONE = { name: 'phone', width: 390, height: 844, phone: true };
const SECONDS = 1000;

type Size = typeof DESKTOP;

async function take(page: Page, size: Size, screen: string): Promise<void> {
  const path = join(FOLDER, `${screen}-${size.name}.png`);
  await page.screenshot({ path, animations: 'allow' });
  console.log(path);
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

async function newMatch(page: Page, robots: '1v1' | '3v3'): Promise<void> {
  await button(page, 'New match').click();
  const dialog = page.getByRole('dialog', { name: 'New match' });
  await dialog.getByRole('radio', { name: robots }).click();
  await dialog.getByRole('button', { name: 'Kick off' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function screens(browser: Browser, origin: string, size: Size): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    hasTouch: size.phone,
    isMobile: size.phone,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(90 * SECONDS);
  await page.goto(`${origin}/?measure&sharp`);
  await page.getByRole('region', { name: 'Keep your matches?' }).waitFor();
  await take(page, size, 'consent');
  await button(page, 'Keep my matches').click();
  await newMatch(page, '3v3');
  await playUntil(page, ({ phase, clockTicks }) => phase === 'play' && clockTicks > 240, 90);
  await take(page, size, 'match');
  await button(page, 'New match').click();
  await page.getByRole('dialog', { name: 'New match' }).waitFor();
  await take(page, size, 'new-match');
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Data' }).click();
  await button(page, /^Watch You/)
    .first()
    .waitFor();
  await take(page, size, 'data');
  await button(page, /^Watch You/)
    .first()
    .click();
  await page.getByRole('slider', { name: 'Position' }).waitFor();
  await take(page, size, 'replay');

  await page.goto(`${origin}/train?sharp`);
  await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
  await take(page, size, 'train');
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const progress = page.getByRole('progressbar', { name: 'Training progress' });
  await page.waitForFunction(
    (element) => Number(element?.getAttribute('aria-valuenow')) > 15,
    await progress.elementHandle(),
    { timeout: 300 * SECONDS },
  );
  await take(page, size, 'training');
  await context.close();
}

mkdirSync(FOLDER, { recursive: true });
await using relay = await startRelay();
const browser = await launchBrowser();
try {
  for (const size of [DESKTOP, PHONE]) await screens(browser, relay.origin, size);
} finally {
  await browser.close();
}
