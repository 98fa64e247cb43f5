/**
 * The Train page with real clicks and keys: a PPO run on CartPole, its curve, a reload and a killed
 * browser in its middle, a copy with a change beside it, files taken along, and what goes wrong.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@dreampitch/learning';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchOnProfile, type ProfileBrowser, type Relay, startRelay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let profile: string;
let browser: ProfileBrowser;
let page: Page;
const failures: string[] = [];

async function openPage(path: string): Promise<void> {
  page = await browser.context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => failures.push(error.message));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(relay.origin + path);
}

const button = (name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const state = () => page.getByRole('status', { name: 'Training state' }).textContent();
const figure = (name: RegExp) => page.getByRole('figure', { name });
/** A field of the form; the advanced ones are behind their summary. */
const field = (label: string) => page.getByLabel(label, { exact: true });

async function stepsDone(): Promise<number> {
  const words = await page.getByText(/^[\d,]+ of [\d,]+ steps in/).textContent();
  return Number(words!.split(' ')[0]!.replaceAll(',', ''));
}

type Kept = { id: number; steps: number; bytes: Uint8Array };

/** Checkpoints of the run of this name in storage, latest first; `flip` damages the latest. */
function checkpointsOf(name: string, flip = false): Promise<{ steps: number }[]> {
  return page.evaluate(
    async ([wanted, damages]) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error!);
        });
      const database = await done(indexedDB.open('dreampitch'));
      const stores = database.transaction(['runs', 'runCheckpoints'], 'readwrite');
      const runs = (await done(stores.objectStore('runs').getAll())) as {
        id: number;
        name: string;
      }[];
      const run = runs.find((one) => one.name === wanted);
      const store = stores.objectStore('runCheckpoints');
      const all = (await done(store.getAll())) as (Kept & { runId: number })[];
      const own = all.filter(({ runId }) => runId === run?.id).toReversed();
      if (damages) {
        own[0]!.bytes[own[0]!.bytes.length >> 1]! ^= 0xff;
        await done(store.put(own[0]));
      }
      database.close();
      return own.map(({ id, steps }) => ({ id, steps }));
    },
    [name, flip] as const,
  );
}

const checkpointSteps = async (name: string) => (await checkpointsOf(name))[0]?.steps ?? 0;
const damageLatest = (name: string) => checkpointsOf(name, true);

async function setUp(steps: number, name: string): Promise<void> {
  await field('Environment').selectOption('CartPole-v1');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await field('Steps').fill(String(steps));
  await field('Name of the run').fill(name);
  await field('Seed').fill('1');
}

async function take(kind: RegExp): Promise<{ name: string; bytes: Buffer }> {
  await button('Export').click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: kind }).click();
  const file = await downloading;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

type RunFile = {
  recipe: { options: { discount: number }; seed: number };
  curve: { steps: number }[];
};

async function takeRun(): Promise<RunFile> {
  return JSON.parse((await take(/JSON/)).bytes.toString()) as RunFile;
}

beforeAll(async () => {
  relay = await startRelay();
  profile = mkdtempSync(join(tmpdir(), 'dreampitch-profile-'));
  browser = await launchOnProfile(profile);
});

afterAll(async () => {
  await browser.kill();
  await relay[Symbol.asyncDispose]();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  expect(failures).toEqual([]);
});

test('what does not fit is said: an algorithm for the environment, a number for its range', async () => {
  await openPage('/train');
  await field('Environment').selectOption('soccer-roles-2v2');
  const evolution = page.getByRole('radio', { name: 'Evolution strategy' });
  await expect.poll(() => evolution.getAttribute('aria-disabled'), SLOW).toBe('true');
  await page.getByText('Not here: It learns soccer without roles').waitFor();
  await setUp(-5, 'Wrong');
  await button('Train').click();
  await page.getByRole('alert').getByText('Want a whole number from').waitFor();
  await page.getByRole('region', { name: 'New training' }).waitFor();
});

test('PPO on CartPole: its curve grows, a reload goes on where it was, with all of it', async () => {
  await setUp(4_000_000, 'First');
  await button('Train').click();
  await expect.poll(state, SLOW).toBe('Training');
  await figure(/^Return of an episode: First \d/).waitFor();
  // A checkpoint is there as soon as there is an episode to watch.
  await figure(/^CartPole-v1, played after/).waitFor();
  const [first] = (await takeRun()).curve;
  const before = await stepsDone();
  await page.reload();
  await expect.poll(state, SLOW).toBe('Training');
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(before);
  expect((await takeRun()).curve[0]).toEqual(first);
});

test('a copy with a change, side by side; which runs are in the chart is chosen', async () => {
  await button('Duplicate with a change').click();
  await field('Discount').fill('0.9');
  await field('Name of the run').fill('Short-sighted');
  await button('Train').click();
  // Both have points: the chart's words name both.
  await figure(/Short-sighted -?\d.*First -?\d|First -?\d.*Short-sighted -?\d/).waitFor();
  await button('Show First in the chart').click();
  await figure(/^Return of an episode: Short-sighted [^;]*$/).waitFor();
  await button('Show First in the chart').click();
  await page.getByRole('radio', { name: 'Time' }).click();
  await figure(/First -?\d/).waitFor();
  await button('Pause Short-sighted').click();
  await button('Resume Short-sighted').waitFor();
});

test('episodes of the policy can be scrubbed, the latest and the kept ones', async () => {
  await figure(/^CartPole-v1, played after/).waitFor();
  await button('Pause the episode').click();
  await button('Play the episode').waitFor(); // until then frames move the slider
  const slider = page.getByRole('slider', { name: 'Step of the episode' });
  await slider.press('End');
  const most = await slider.getAttribute('max');
  await expect.poll(() => slider.inputValue(), SLOW).toBe(most);
  await slider.press('Home');
  await slider.press('ArrowRight');
  await expect.poll(() => slider.inputValue(), SLOW).toBe('1');
  const episodes = page.getByRole('combobox', { name: 'Episode', exact: true });
  expect(await episodes.locator('option').count()).toBeGreaterThan(1);
  await episodes.selectOption({ index: (await episodes.locator('option').count()) - 1 });
  await page
    .getByLabel('Episode shown')
    .getByText(/^After 256 steps of training/)
    .waitFor();
});

test('weights, policy, curves and the run itself go out as files; a run comes in again', async () => {
  const weights = await take(/safetensors/);
  const decoded = decodeSafetensors(weights.bytes);
  expect(decoded.ok && Object.keys(decoded.file.tensors)).toContain('actor.0.weight');
  const policy = await take(/ONNX/);
  expect(policy.name).toBe('Short-sighted.onnx');
  expect(policy.bytes.includes('observations')).toBe(true);
  const curves = await take(/TensorBoard/);
  expect(curves.name).toContain('tfevents');
  expect(curves.bytes.includes('train/meanReturn')).toBe(true);
  const run = await take(/JSON/);
  const { recipe, curve } = JSON.parse(run.bytes.toString()) as RunFile;
  expect([recipe.options.discount, recipe.seed]).toEqual([0.9, 1]);
  expect(curve.length).toBeGreaterThan(3);
  const picker = page.getByLabel('Run file');
  await picker.setInputFiles({
    name: 'x.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{}'),
  });
  await page.getByRole('alert').getByText('it has no recipe').waitFor();
  await picker.setInputFiles({ name: run.name, mimeType: 'application/json', buffer: run.bytes });
  await expect.poll(() => field('Discount').inputValue(), SLOW).toBe('0.9');
  await button('All runs').click();
});

test('the browser is killed in the middle: every run is there, and goes on', async () => {
  await page.getByRole('link', { name: 'First' }).click();
  await expect.poll(state, SLOW).toBe('Training');
  const before = await checkpointSteps('First');
  await expect.poll(() => checkpointSteps('First'), SLOW).toBeGreaterThan(before);
  const kept = await checkpointSteps('First');
  await browser.kill();
  browser = await launchOnProfile(profile);
  await openPage('/train');
  await page.getByRole('link', { name: 'First' }).click();
  await expect.poll(() => checkpointSteps('First'), SLOW).toBeGreaterThanOrEqual(kept);
  await page
    .getByRole('status', { name: 'Training state' })
    .getByText(/^Train/)
    .waitFor();
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(kept);
  await page.getByRole('link', { name: 'Short-sighted' }).waitFor();
});

test('a damaged checkpoint is refused with the reason, and the one before it is offered', async () => {
  await page.getByRole('link', { name: 'Short-sighted' }).click();
  const kept = await checkpointSteps('Short-sighted');
  await damageLatest('Short-sighted');
  await page.reload();
  await button('Resume training').click();
  const alert = page.getByRole('region', { name: 'Training' }).getByRole('alert');
  await alert.getByText(/^The latest checkpoint is refused: .*check sum/).waitFor();
  await button(/^Go on from step/).click();
  await expect.poll(state, SLOW).toMatch(/^Train/);
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(kept);
});
