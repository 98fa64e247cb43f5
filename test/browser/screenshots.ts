/**
 * `npm run screenshots`: the main screens of the built page at desktop and phone size, with a match
 * played, kept and replayed, a policy trained and an environment edited for real, into
 * apps/game/screenshots.
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

  await trainScreens(page, origin, size);
  await environmentScreens(page, origin, size);
  await context.close();
}

async function trainScreens(page: Page, origin: string, size: Size): Promise<void> {
  await page.goto(`${origin}/train/new?sharp`);
  const setup = page.getByRole('region', { name: 'New training' });
  await setup.getByLabel('Environment', { exact: true }).selectOption('CartPole-v1');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await take(page, size, 'train');
  await button(page, 'Train').last().click();
  // An episode to watch comes with the first checkpoint.
  await page.getByRole('figure', { name: /^CartPole-v1, played after/ }).waitFor();
  const progress = page.getByRole('progressbar', { name: 'Training progress' });
  await page.waitForFunction(
    (bar) => Number(bar?.getAttribute('aria-valuenow')) > 50,
    await progress.elementHandle(),
  );
  await take(page, size, 'training');
  await button(page, 'Pause training').click();
  await page.getByRole('status', { name: 'Training state' }).getByText('Paused').waitFor();
  await versionScreen(page, origin, size);
  await leagueScreen(page, origin, size);
}

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

/** Where a table of the run can be seen, and what there is around it. */
async function showTable(page: Page, name: string): Promise<void> {
  const table = page.getByRole('table', { name });
  await table.evaluate((element) => element.scrollIntoView({ block: 'center' }));
}

/** A run from the weights of the one before, and the versions that it leaves. */
async function versionScreen(page: Page, origin: string, size: Size): Promise<void> {
  await page.goto(`${origin}/train/new?sharp`);
  await field(page, 'Environment').selectOption('CartPole-v1');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await field(page, 'Steps').fill('20000');
  await page.getByRole('radio', { name: 'A run', exact: true }).click();
  await page.getByRole('status', { name: 'Start', exact: true }).scrollIntoViewIfNeeded();
  await take(page, size, 'start-from');
  await button(page, 'Train').last().click();
  await page.getByRole('button', { name: 'Go on from version 1' }).waitFor();
  await button(page, 'Take a version').click();
  await page.getByRole('button', { name: 'Go on from version 2' }).waitFor();
  await showTable(page, 'Versions');
  await take(page, size, 'versions');
}

async function leagueScreen(page: Page, origin: string, size: Size): Promise<void> {
  await page.goto(`${origin}/train/new?sharp`);
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await page.getByRole('radio', { name: 'A league of its versions' }).click();
  await field(page, 'Round').fill('2');
  await field(page, 'New version every').fill('40000');
  await field(page, 'Steps').fill('200000');
  await button(page, 'Train').last().click();
  await page.getByRole('status', { name: 'Training state' }).getByText('Trained').waitFor();
  await showTable(page, 'League');
  await take(page, size, 'league');
}

async function environmentScreens(page: Page, origin: string, size: Size): Promise<void> {
  const checked = (words: RegExp) =>
    page.getByRole('status', { name: 'Check' }).getByText(words).waitFor();
  await page.goto(`${origin}/train/environments?sharp`);
  await button(page, /^soccer-1v1/).waitFor();
  await take(page, size, 'environments');

  await button(page, /^drive-to-target/).click();
  await checked(/^No errors/);
  await button(page, 'Save').click();
  const world = page.getByRole('region', { name: 'World' });
  await world.getByRole('button', { name: 'Run' }).click();
  await world
    .getByLabel('Step')
    .getByText(/^[2-9]\d$/)
    .waitFor();
  if (size.phone) await world.scrollIntoViewIfNeeded();
  await take(page, size, 'environment');

  const field = page.getByRole('textbox', { name: 'Environment text' });
  const text = await field.inputValue();
  await field.fill(
    text
      .replace('distance = sqrt(dot(to, to))', 'distance = length(too)')
      .replace('return sqrt(dot(to, to));', 'return squareRoot(dot(to, to));'),
  );
  await checked(/and 1 more/);
  await button(page, /^Go to line/)
    .first()
    .click();
  await take(page, size, 'environment-mistakes');
}

mkdirSync(FOLDER, { recursive: true });
await using relay = await startRelay();
const browser = await launchBrowser();
try {
  for (const size of [DESKTOP, PHONE]) await screens(browser, relay.origin, size);
} finally {
  await browser.close();
}
