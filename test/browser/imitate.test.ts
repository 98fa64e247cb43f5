/** A match played with keys becomes examples, and a player that imitates them. */
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { openPageForTests } from './around-tests.ts';
import { playUntil } from './drive.ts';
import type { Relay } from './product.ts';

let relay: Relay;
let page: Page;

openPageForTests((opened) => {
  ({ relay, page } = opened);
});

const status = () => page.getByRole('status', { name: 'Training state' });

async function imitate(name: string): Promise<void> {
  await page.goto(`${relay.origin}/train/new`);
  await page.getByLabel('Environment', { exact: true }).selectOption('soccer');
  await page.getByRole('radio', { name: '2v2' }).click();
  await page.getByRole('radio', { name: 'Behaviour cloning' }).click();
  await page.getByLabel('Examples', { exact: true }).fill('20000');
  await page.getByLabel('Name of the run', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
}

test('without a match that one drove in, it says what to do', async () => {
  await imitate('Nobody');
  await page.getByText('There is no kept match of soccer-2v2 in which you drove.').waitFor();
}, 90_000);

test('what was driven with keys is imitated', async () => {
  await page.goto(`${relay.origin}/?measure`);
  await page.getByRole('button', { name: 'Keep my matches' }).click();
  await playUntil(page, ({ tick }) => tick > 300, 60);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.goto(`${relay.origin}/data`);
  await page.getByRole('region', { name: 'Matches' }).getByText('Easy bot').first().waitFor();
  await imitate('Like me');
  await expect.poll(() => status().textContent(), { timeout: 60_000 }).toContain('Trained');
  await page.getByRole('figure', { name: /Error in what it never saw/ }).waitFor();
}, 150_000);

test('an algorithm that plays begins with what was driven, where it is asked to', async () => {
  await page.goto(`${relay.origin}/train/new`);
  await page.getByLabel('Environment', { exact: true }).selectOption('soccer');
  await page.getByRole('radio', { name: '2v2' }).click();
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await page
    .getByText(/^It first imitates .* There is 1 kept match in which you drove, 0:\d\d/)
    .waitFor();
  await page.getByRole('checkbox', { name: 'Learn from my matches first' }).click();
  await page.getByLabel('Worlds', { exact: true }).fill('16');
  await page.getByLabel('Steps', { exact: true }).fill('2000');
  await page.getByLabel('Name of the run', { exact: true }).fill('Better than me');
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.poll(() => status().textContent(), { timeout: 60_000 }).toContain('Trained');
  await page.getByRole('figure', { name: /^soccer-2v2, played after/ }).waitFor();
  // From its version it goes on without the matches: what it learned of them is in it.
  await page.getByRole('button', { name: 'Go on from version 1' }).click();
  await page
    .getByRole('heading', { name: /^Goes on from version 1 of 'Better than me'/ })
    .waitFor();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.getByRole('row', { name: /^2 latest, of this run/ }).waitFor();
  await expect.poll(() => status().textContent(), { timeout: 60_000 }).toContain('Trained');
}, 200_000);
