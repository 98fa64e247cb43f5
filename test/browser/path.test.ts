/**
 * The product's main path in the built page, with real keys and clicks: open, play, score, find the
 * match after a reload and after the browser was killed, replay it, train, play against the result.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playUntil } from './drive.ts';
import { launchOnProfile, type ProfileBrowser, type Relay, startRelay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let profile: string;
let browser: ProfileBrowser;
let page: Page;

async function openPage(path: string): Promise<void> {
  page = await browser.context.newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(relay.origin + path);
  await page.getByRole('status', { name: 'Score' }).waitFor({ timeout: 60_000 });
}

const score = () => page.getByRole('status', { name: 'Score' }).textContent();
const button = (name: string | RegExp) => page.getByRole('button', { name });

beforeAll(async () => {
  relay = await startRelay();
  profile = mkdtempSync(join(tmpdir(), 'dreampitch-profile-'));
  browser = await launchOnProfile(profile);
});

afterAll(async () => {
  await browser.kill();
  await relay[Symbol.asyncDispose]();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

test('a person opens the page, agrees to keep matches, plays and scores', async () => {
  await openPage('/?measure');
  await expect.poll(score, SLOW).toBe('Blue 0, Orange 0');
  await button('Keep my matches').click();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: 'New match' });
  await dialog.getByRole('radio', { name: '1v1' }).click();
  await dialog.getByRole('radio', { name: /Random bot/ }).click();
  await dialog.getByRole('button', { name: 'Kick off' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const state = await playUntil(page, ({ score: [blue] }) => blue > 0, 160);
  expect(state.score[0]).toBe(1);
  await expect.poll(score, SLOW).toMatch(/^Blue 1, /);
}, 240_000);

test('the match is found after a reload', async () => {
  const kept = button(/^Watch You [1-9] : \d Random bot/);
  await page.getByRole('link', { name: 'Data' }).click();
  await kept.waitFor();
  await page.reload();
  await kept.waitFor({ timeout: 60_000 });
});

test('the match is found after the browser was killed, and replays to the bit', async () => {
  await browser.kill();
  browser = await launchOnProfile(profile);
  await openPage('/data');
  await button(/^Watch You [1-9] : \d Random bot/).click();
  const position = page.getByRole('slider', { name: 'Position' });
  await expect.poll(() => position.inputValue().then(Number), SLOW).toBeGreaterThan(30);
  await button('Verify').click();
  const verification = page.getByRole('status', { name: 'Verification' });
  await expect.poll(() => verification.textContent(), SLOW).toMatch(/^Replays to the bit/);
  await page.keyboard.press('Escape');
});

test('kept matches go out as a dataset that LeRobot reads', async () => {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 60_000 }),
    page.getByText(/Exported \d match(es)? as a LeRobotDataset\./).waitFor({ timeout: 60_000 }),
    button('Export as LeRobotDataset').click(),
  ]);
  expect(download.suggestedFilename()).toBe('dreampitch-lerobot-dataset.zip');
  const bytes = readFileSync(await download.path()).toString('latin1');
  expect(bytes.slice(0, 2)).toBe('PK');
  for (const path of ['data/chunk-000/file-000.parquet', 'meta/tasks.parquet', 'meta/info.json']) {
    expect(bytes).toContain(`soccer-1v1/${path}`);
  }
  expect(bytes).toContain('"codebase_version": "v3.0"');
});

test('a player is trained, survives a closed tab half way, and is played against', async () => {
  await page.getByRole('link', { name: 'Train' }).click();
  await page.getByRole('radiogroup', { name: 'Robots' }).getByText('1v1').click();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const progress = () =>
    page
      .getByRole('progressbar', { name: 'Training progress' })
      .getAttribute('aria-valuenow')
      .then(Number);
  await expect.poll(progress, { timeout: 90_000, interval: 250 }).toBeGreaterThan(3);
  await button('Pause training').click();
  await button('Resume training').waitFor({ timeout: 30_000 });
  const before = await progress();
  await page.close();

  await openPage('/train');
  await button('Resume training').click({ timeout: 30_000 });
  await expect.poll(progress, { timeout: 90_000, interval: 250 }).toBeGreaterThan(before);
  await button('Pause training').click();
  await page.getByRole('textbox', { name: 'Name of the player' }).fill('First of its name');
  await button('Keep player').click();
  await button('Play against First of its name').click();
  await expect.poll(score, SLOW).toBe('Blue 0, Orange 0');
  await page.getByText('First of its name').first().waitFor();
  await page.keyboard.press('n');
  const opponents = page.getByRole('radiogroup', { name: 'Opponent (orange)' });
  await opponents.getByRole('radio', { name: /First of its name/, checked: true }).waitFor();
});
