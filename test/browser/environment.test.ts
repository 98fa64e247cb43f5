/**
 * An environment of one's own in the built page, with real keys and clicks: open a template, make and
 * mend mistakes, see it run, drive it, train on it, keep it over a reload, export and import it; what
 * is not saved is not lost without being asked; a loop that never ends is stopped with its line.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPageForTests } from './around-tests.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let page: Page;
let folder: string;

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

openPageForTests((opened) => {
  ({ relay, page } = opened);
});
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreampitch-files-'));
  await page.goto(`${relay.origin}/train`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a template opens; mistakes are said at their lines, marked, and mended', async () => {
  await page.getByRole('link', { name: 'Your environments' }).click();
  await button(/^CartPole-v1/).click();
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  const start = 'let angleSpeed = between(luck, -0.05, 0.05);';
  await caretBehind(start);
  await page.keyboard.press('Backspace');
  await page.keyboard.type(' + nothing;');
  await caretBehind('return Outcome(');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(' || windy);');
  const lines = [await lineOf(' + nothing;'), await lineOf('windy')];
  await expect.poll(check, SLOW).toMatch(new RegExp(`^Line ${lines[0]}: .*\\(and 1 more\\)`));
  const marked = page.locator('.code-gutter [data-problem]');
  expect(await marked.allTextContents()).toEqual(lines.map(String));
  expect(await field().getAttribute('aria-invalid')).toBe('true');
  expect(await button('Train on it').isDisabled()).toBe(true);
  // From the keyboard: to the second one, at its word.
  await button(`Go to line ${lines[1]}`).focus();
  await page.keyboard.press('Enter');
  const at = await field().evaluate((element: HTMLTextAreaElement) =>
    element.value.slice(element.selectionStart, element.selectionStart + 5),
  );
  expect(at).toBe('windy');
  await caretBehind('windy');
  for (const _ of ' || windy);') await page.keyboard.press('Backspace');
  await page.keyboard.type(');');
  await caretBehind(' + nothing;');
  for (const _ of ' + nothing;') await page.keyboard.press('Backspace');
  await page.keyboard.type(';');
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  expect(await page.locator('[data-problem]').count()).toBe(0);
});

const world = () => page.getByRole('region', { name: 'World' });
const counter = async (name: string) =>
  Number(
    await world()
      .locator('dt', { hasText: new RegExp(`^${name}$`) })
      .locator('+ dd')
      .textContent(),
  );

/** Pixels of the picture that are not its ground. */
function drawn(): Promise<number> {
  return world()
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    });
}

test('it is seen to run, driven by chance and by a person with keys', async () => {
  await button('Run').click();
  await world().getByText('angleSpeed').waitFor();
  await page.getByRole('figure', { name: 'CartPole-v1, mine as it runs' }).waitFor();
  await expect.poll(drawn, SLOW).toBeGreaterThan(500);
  await world().getByRole('radio', { name: 'You' }).click();
  await page.getByRole('application', { name: 'Drive with arrow keys' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await world().getByRole('radio', { name: '1', exact: true, checked: true }).waitFor();
  // Pushed to one side only, the pole falls again and again.
  const before = await counter('Episodes');
  await expect.poll(() => counter('Episodes'), SLOW).toBeGreaterThan(before + 2);
});

test('it is trained on, and what was learned drives the world', async () => {
  await button('Train on it').click();
  const setup = page.getByRole('region', { name: 'New training' });
  await setup.getByLabel('Name of the run').fill('On my own');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await setup.getByLabel('Steps', { exact: true }).fill('3000000');
  await button('Train').click();
  const state = page.getByRole('status', { name: 'Training state' });
  await expect.poll(() => state.textContent(), SLOW).toBe('Training');
  // A checkpoint is there as soon as there is an episode to watch.
  await page.getByRole('figure', { name: /^CartPole-v1, mine, played after/ }).waitFor();
  await button('Pause training').click();
  await expect.poll(() => state.textContent(), SLOW).toBe('Paused');
  await page.getByRole('link', { name: 'Your environments' }).click();
  await button('Go on with it')
    .or(button(/^CartPole-v1/))
    .first()
    .click();
  await page.getByText(/^On my own took .* steps/).waitFor();
  await world()
    .getByRole('button', { name: /^Run( again)?$/ })
    .click();
  await world().getByRole('radio', { name: 'Learned' }).click();
  await world().getByRole('radio', { name: 'Learned', checked: true }).waitFor();
  await expect.poll(() => counter('Step'), SLOW).toBeGreaterThan(10);
  await world().getByRole('radio', { name: 'Learned', checked: true }).waitFor();
});

test('robots of several teams run from a template too', async () => {
  await page.goto(`${relay.origin}/train/environments/new/soccer-1v1`);
  await expect.poll(check, SLOW).toMatch(/^No errors/);
  await button('Run').click();
  await page.getByText('What the first agent sees').waitFor();
  await expect.poll(drawn, SLOW).toBeGreaterThan(5000);
  await world().getByRole('radio', { name: 'You' }).click();
  await page.keyboard.down('ArrowUp');
  const wheel = () => world().getByRole('slider', { name: 'left' }).inputValue();
  await expect.poll(wheel, SLOW).toBe('102');
  await page.keyboard.up('ArrowUp');
  await expect.poll(wheel, SLOW).toBe('0');
});

test('what is not saved is not lost without being asked', async () => {
  await page.goto(`${relay.origin}/train/environments/new/Pendulum-v1`);
  const name = page.getByRole('textbox', { name: 'Name of the environment' });
  await name.fill('Light pendulum');
  await button('All environments').click();
  await page.getByText('Light pendulum is open and not saved.').waitFor();
  await button(/^Acrobot-v1/).click();
  const asked = page.getByRole('alertdialog', { name: 'Unsaved changes' });
  await asked.getByText('Light pendulum is not saved').waitFor();
  await asked.getByRole('button', { name: 'Go back to it' }).click();
  expect(await name.inputValue()).toBe('Light pendulum');
  await button('All environments').click();
  await button(/^Acrobot-v1/).click();
  // The safe answer has the focus.
  await asked.getByRole('button', { name: 'Save it, then open' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => name.inputValue(), SLOW).toBe('Acrobot-v1, mine');
  await button('All environments').click();
  await button('Delete Light pendulum').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('None is kept yet.').waitFor();
  await button(/^CartPole-v1/).click();
  await expect.poll(check, SLOW).toMatch(/^No errors/);
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
  await world().getByText('angleSpeed').waitFor();
});
