/**
 * The Train page with real clicks and keys: a PPO run on CartPole, its curve, a reload and a killed
 * browser in its middle, a copy with a change beside it, files taken along, and what goes wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

async function setUp(steps: number, name: string): Promise<void> {
  await field('Environment').selectOption('CartPole-v1');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await field('Steps').fill(String(steps));
  await field('Name of the run').fill(name);
  await field('Seed').fill('1');
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

test('PPO on CartPole: its curve grows, a reload goes on where it was', async () => {
  await setUp(400_000, 'First');
  await button('Train').click();
  await expect.poll(state, SLOW).toBe('Training');
  await figure(/^Return of an episode: First \d/).waitFor();
  // A checkpoint is there as soon as there is an episode to watch.
  await figure(/^CartPole-v1, played after/).waitFor();
  const before = await stepsDone();
  await page.reload();
  await expect.poll(state, SLOW).toBe('Training');
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(before);
});
