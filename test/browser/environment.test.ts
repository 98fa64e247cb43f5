/**
 * An environment of one's own in the built page, with real keys and clicks: open a template, make and
 * mend a mistake, see it run, train on it, keep it over a reload, export and import it; a loop that
 * never ends is stopped with its line and the page goes on.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Relay, startRelay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let browser: Browser;
let page: Page;
let folder: string;
const failures: string[] = [];

const button = (name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const check = () => page.getByRole('status', { name: 'Check' }).textContent();
const field = () => page.getByRole('textbox', { name: 'Environment text' });
const text = () => field().inputValue();

/** Puts the caret at the end of the first line with these words, as a person does with keys. */
async function caretBehind(words: string): Promise<void> {
  const lines = (await text()).split('\n');
  const line = lines.findIndex((one) => one.includes(words));
  expect(line, words).toBeGreaterThanOrEqual(0);
  await field().focus();
  await page.keyboard.press('Control+Home');
  for (let i = 0; i < line; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
}

async function lineOf(words: string): Promise<number> {
  return (await text()).split('\n').findIndex((one) => one.includes(words)) + 1;
}

beforeAll(async () => {
  relay = await startRelay();
  folder = mkdtempSync(join(tmpdir(), 'dreampitch-files-'));
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => failures.push(error.message));
  page.setDefaultTimeout(60_000);
  await page.goto(`${relay.origin}/train`);
});

afterAll(async () => {
  await browser.close();
  await relay[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

test('a template opens; a mistake is said at its line, marked, and mended', async () => {
  await page.getByRole('link', { name: 'Your environments' }).click();
  await button(/^CartPole-v1/).click();
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  await caretBehind('const GRAVITY');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(' * gravity;');
  const line = await lineOf('const GRAVITY');
  await expect.poll(check, SLOW).toMatch(new RegExp(`^Line ${line}: `));
  expect(await page.locator('.code-gutter [data-problem]').allTextContents()).toEqual([`${line}`]);
  expect(await field().getAttribute('aria-invalid')).toBe('true');
  expect(await button('Train').isDisabled()).toBe(true);
  await caretBehind('const GRAVITY');
  for (const _ of ' * gravity;') await page.keyboard.press('Backspace');
  await page.keyboard.type(';');
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  expect(await page.locator('[data-problem]').count()).toBe(0);
});

test('it runs, driven by chance and by a person', async () => {
  await button('Run').click();
  const bars = page.getByLabel('What the agent sees');
  await bars.getByText('angleSpeed').waitFor();
  const world = page.getByRole('region', { name: 'World' });
  await world.getByRole('radio', { name: 'You' }).click();
  await world.getByRole('radio', { name: '1', exact: true }).click();
  // Pushed to one side only, the pole falls again and again.
  const episodes = async () =>
    Number(await world.locator('dt', { hasText: 'Episodes' }).locator('+ dd').textContent());
  const before = await episodes();
  await expect.poll(episodes, SLOW).toBeGreaterThan(before + 2);
});

test('it is trained on: the curve gets its points and what was trained drives the world', async () => {
  await button('Train').click();
  const curve = page.getByRole('figure', { name: /^Mean return over time: ([5-9]|\d\d+) points/ });
  await curve.waitFor();
  await button('Stop training').click();
  await button('Train again').waitFor();
  const world = page.getByRole('region', { name: 'World' });
  await world.getByRole('radio', { name: 'What was trained' }).click();
  await world.getByRole('radio', { name: 'What was trained', checked: true }).waitFor();
  const step = async () =>
    Number(await world.locator('dt', { hasText: 'Step' }).locator('+ dd').textContent());
  await expect.poll(step, SLOW).toBeGreaterThan(10);
});

test('it is kept over a reload, exported, deleted and imported', async () => {
  const name = page.getByRole('textbox', { name: 'Name of the environment' });
  await name.fill('Heavy air');
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  await button('Save').click();
  const kept = page.getByRole('status', { name: 'Kept' });
  await expect.poll(() => kept.textContent(), SLOW).toBe('Heavy air is kept.');
  expect(new URL(page.url()).pathname).toMatch(/^\/train\/environments\/\d+$/);
  const written = await text();
  await page.reload();
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  expect(await text()).toBe(written);

  const [exported] = await Promise.all([page.waitForEvent('download'), button('Export').click()]);
  const path = join(folder, exported.suggestedFilename());
  await exported.saveAs(path);
  expect(readFileSync(path, 'utf8')).toBe(written);
  await button('All environments').click();
  await button('Delete Heavy air').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('None is kept yet.').waitFor();

  const picker = page.locator('input[type=file]');
  const bad = join(folder, 'bad.wgsl');
  writeFileSync(bad, 'fn main() {}');
  await picker.setInputFiles(bad);
  await page.getByRole('alert').getByText('bad.wgsl cannot be imported').waitFor();
  await picker.setInputFiles(path);
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  expect(await text()).toBe(written);
});

test('a loop that never ends is stopped with its line, and the page goes on', async () => {
  await caretBehind('fn advance');
  await page.keyboard.press('Enter');
  await page.keyboard.type('var endless = 0u; while (endless < 1u) { endless = 0u; }');
  const line = await lineOf('while (endless');
  await expect.poll(check, SLOW).toMatch(new RegExp(`^Line ${line}: .*was stopped`));
  await caretBehind('while (endless');
  await page.keyboard.press('Shift+Home');
  await page.keyboard.press('Delete');
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  await button('Run').click();
  await page.getByLabel('What the agent sees').getByText('angleSpeed').waitFor();
});
