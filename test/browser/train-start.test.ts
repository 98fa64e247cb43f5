/**
 * What a run begins with, with real clicks: the weights of another run, of a file that is chosen,
 * dropped or imported, and what does not fit. Then what comes of it: versions, going on, going back.
 */
import { readFileSync } from 'node:fs';
import { encodeSafetensors } from '@dreampitch/learning';
import { environmentById, environmentText } from '@dreampitch/sim';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { openPageForTests } from './around-tests.ts';
import { keepEnvironment } from './keep-environment.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let page: Page;

openPageForTests((opened) => {
  ({ relay, page } = opened);
});

const button = (name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const radio = (name: string) => page.getByRole('radio', { name, exact: true });
const field = (label: string) => page.getByLabel(label, { exact: true });
const state = () => page.getByRole('status', { name: 'Training state' }).textContent();
const start = () => page.getByRole('status', { name: 'Start', exact: true });
const alert = (words: string | RegExp) => page.getByRole('alert').getByText(words);
const versions = () => page.getByRole('table', { name: 'Versions' });

async function setUp(name: string, steps: number): Promise<void> {
  await field('Environment').selectOption('CartPole-v1');
  await radio('Proximal policy optimisation').click();
  await field('Steps').fill(String(steps));
  await field('Seed').fill('1');
  await field('Name of the run').fill(name);
}

async function trainToItsEnd(): Promise<void> {
  await button('Train').click();
  await expect.poll(state, SLOW).toBe('Trained');
}

async function take(kind: RegExp): Promise<{ name: string; buffer: Buffer }> {
  await button('Export').click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: kind }).click();
  const file = await downloading;
  return { name: file.suggestedFilename(), buffer: readFileSync(await file.path()) };
}

const asFile = (name: string, bytes: Uint8Array) => {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
};

/** As a person drops a file of theirs. */
async function drop(name: string, bytes: Uint8Array): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(content)], fileName));
      return transfer;
    },
    [name, [...bytes]] as const,
  );
  await page.locator('.file-drop').dispatchEvent('drop', { dataTransfer: data });
}

test('a run starts from the weights of another; what does not fit is named and mended', async () => {
  await page.goto(`${relay.origin}/train`);
  await button('Train').waitFor();
  expect(await radio('A run').count()).toBe(0); // there is none yet
  await setUp('Teacher', 60_000);
  await trainToItsEnd();
  await button('New run').click();
  await setUp('Pupil', 4000);
  await radio('A run').click();
  await start()
    .getByText(/^It starts from 'Teacher' after [\d,]+ steps\. It fits/)
    .waitFor();
  await field('Network').fill('32, 32');
  await alert(/'actor\.0\.weight' is 64 × 4 in it and 32 × 4 here/).waitFor();
  await button('Train').click();
  await alert('Something above does not fit yet').waitFor();
  await button('Take its network: 64, 64').click();
  await start().waitFor();
  await trainToItsEnd();
  // From random weights it is about 20 after so few steps.
  const figure = page.getByRole('figure', { name: /^Return of an episode: Pupil \d/ });
  const words = (await figure.getAttribute('aria-label'))!;
  expect(Number(/Pupil (\d+)/.exec(words)![1])).toBeGreaterThan(100);
});

test('its weights and its JSON come in again; other files are refused in words', async () => {
  const json = await take(/JSON/);
  await page.getByRole('link', { name: 'Teacher', exact: true }).click();
  const weights = await take(/safetensors/);
  const picker = page.getByLabel('Run file');
  await picker.setInputFiles(asFile(weights.name, weights.buffer));
  await start()
    .getByText(/^It starts from the file Teacher\.safetensors\. It fits/)
    .waitFor();
  await expect.poll(() => field('Steps').inputValue(), SLOW).toBe('60000');
  await picker.setInputFiles(asFile(json.name, json.buffer));
  await start()
    .getByText(/^It starts from 'Teacher' after/)
    .waitFor();
  await page
    .getByRole('radio', { name: 'As the copied run', exact: true, checked: true })
    .waitFor();
  await radio('A file').click();
  await drop('mine.safetensors', Uint8Array.of(1, 2, 3));
  await alert(/^mine\.safetensors cannot be read: These bytes are no safetensors file/).waitFor();
  const one = { shape: [1], data: Float32Array.of(1) };
  const foreign = encodeSafetensors({ tensors: { 'encoder.weight': one }, metadata: {} });
  await field('Weights file').setInputFiles(asFile('foreign.safetensors', foreign));
  await alert(
    /None of its tensors is one of this algorithm's\. It holds 'encoder\.weight'/,
  ).waitFor();
  await drop('Teacher.safetensors', weights.buffer);
  await start().waitFor();
});

test('training goes on with another task from a version, and back to it; all of it stays', async () => {
  const text = environmentText(environmentById('CartPole-v1')!);
  const heavy = text.replace('CartPole-v1', 'Heavy-pole').replace('GRAVITY = 9.8', 'GRAVITY = 14');
  expect(heavy).not.toContain('9.8');
  await keepEnvironment(page, 'Heavy-pole', heavy);
  await page.goto(`${relay.origin}/train`);
  await page.getByRole('link', { name: 'Teacher', exact: true }).click();
  // The end of training left one.
  await versions()
    .getByRole('row', { name: /^1 latest, of this run ?CartPole-v1/ })
    .waitFor();
  await button('Go on from version 1').click();
  await field('Environment').selectOption('MountainCar-v0');
  await button('Train').click();
  await alert(/^It cannot go on\. .* One network learns only tasks that are alike/).waitFor();
  await field('Environment').selectOption({ label: 'Heavy-pole' });
  await field('Steps').fill('4000');
  await field('Name of the run').fill('Lifter');
  await trainToItsEnd();
  const second = versions().getByRole('row', { name: /^2 latest, of this run ?Heavy-pole/ });
  // Judged in both tasks: a column for each.
  await expect.poll(() => second.getByText(/ ± /).count(), SLOW).toBe(2);
  await button('Back to version 1').click();
  const third = versions().getByRole('row', { name: /^3 latest ?back at version 1/ });
  await third.waitFor();
  await page.reload();
  await third.waitFor();
  expect(await versions().getByRole('row').count()).toBe(4);
  await page.getByRole('link', { name: 'Teacher', exact: true }).click();
  await button('Take a version').click();
  await versions()
    .getByRole('row', { name: /^4 latest, of this run ?CartPole-v1/ })
    .waitFor();
  // Only the panel scrolls: what is for ears in a table once made the whole page longer.
  const beyond = () => document.documentElement.scrollHeight - innerHeight;
  expect(await page.evaluate(beyond)).toBe(0);
});
