/** A run that plays in a league of its past versions, with real clicks: its table, reloaded and used. */
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { openPageForTests } from './around-tests.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 90_000, interval: 100 };

let relay: Relay;
let page: Page;

openPageForTests((opened) => {
  ({ relay, page } = opened);
  page.setDefaultTimeout(90_000);
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const radio = (name: string) => page.getByRole('radio', { name, exact: true });
const field = (label: string) => page.getByLabel(label, { exact: true });
const league = () => page.getByRole('table', { name: 'League' });
const detail = () => page.getByRole('region', { name: 'Training', exact: true });

test('a league grows beside the run, survives a reload, and gives players; one can be played against', async () => {
  await page.goto(`${relay.origin}/train`);
  await radio('Proximal policy optimisation').click();
  await radio('A league of its versions').click();
  await field('Round').fill('0');
  await button('Train').click();
  await page.getByRole('alert').getByText('Want a whole number from 1').waitFor();
  await field('Round').fill('1');
  await field('New version every').fill('4000');
  await field('Worlds').fill('32');
  await field('Steps').fill('9000');
  await field('Name of the run').fill('Self');
  await button('Train').click();
  const state = page.getByRole('status', { name: 'Training state' });
  await expect.poll(() => state.textContent(), SLOW).toBe('Trained');
  const rows = league().getByRole('row');
  const texts = await rows.allTextContents();
  expect(texts[1]).toMatch(/^Now\d+ ± \d+/);
  expect(texts.at(-2)).toMatch(/^Step 0\d+ ± \d+/);
  expect(texts.at(-1)).toContain('Hard bot1000');
  await page.getByRole('figure', { name: /^Elo rating: Self \d/ }).waitFor();
  await page.reload();
  await expect.poll(() => rows.allTextContents(), SLOW).toEqual(texts);
  await button('Keep version Step 0').click();
  await detail().getByText('Self 0 is kept and is in the list of opponents.').waitFor();
  await button('Duplicate with a change').click();
  await expect.poll(() => field('New version every').inputValue(), SLOW).toBe('4000');
  await radio('A kept player').click();
  await page.getByRole('combobox', { name: 'Player to play against' }).waitFor();
  await button('Train').click();
  await expect.poll(() => state.textContent(), SLOW).toBe('Trained');
  await page.getByRole('figure', { name: /Self changed -?\d/ }).waitFor();
  expect(await league().count()).toBe(0);
}, 300_000);
