/**
 * What goes wrong while training: a loss that is no number, a device that is lost, memory or disk that
 * is full. Each is said plainly, and what was learned before is kept. And the page stays quick.
 */
import { environmentById, environmentText } from '@dreampitch/sim';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBrowserForTests } from './around-tests.ts';
import { keepEnvironment } from './keep-environment.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let browser: Browser;
let context: BrowserContext;
let page: Page;

openBrowserForTests((opened) => {
  ({ relay, browser } = opened);
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
});
afterEach(() => context.close());

const button = (name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const state = () => page.getByRole('status', { name: 'Training state' }).textContent();
const field = (label: string) => page.getByLabel(label, { exact: true });

/** Gives the states that the run was seen in since now, those too that pass between two looks. */
async function statesFromNow(): Promise<() => Promise<string[]>> {
  const seen = await page.evaluateHandle(() => {
    const states: string[] = [];
    const look = () => {
      const state = document.querySelector('[aria-label="Training state"]')?.textContent;
      if (state && state !== states.at(-1)) states.push(state);
    };
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    return states;
  });
  return () => seen.jsonValue();
}
const detail = () => page.getByRole('region', { name: 'Training', exact: true });
const number = (words: string) => Number(words.replaceAll(/\D/g, ''));

async function stepsDone(): Promise<number> {
  return number((await page.getByText(/^[\d,]+ of [\d,]+ steps in/).textContent())!.split(' ')[0]!);
}

async function train(environment: string | { label: string }, steps = 4_000_000): Promise<void> {
  await field('Environment').selectOption(environment);
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await field('Steps').fill(String(steps));
  await field('Seed').fill('1');
  await button('Train').click();
}

test('a loss that is no number stops the run at that step, says what made it, keeps the checkpoint', async () => {
  await page.goto(`${relay.origin}/train`);
  await button('Train').waitFor();
  const text = environmentText(environmentById('CartPole-v1')!);
  // About one step in 20,000 earns what is no number.
  const broken = text.replace(
    /return Outcome\(1\.0,/,
    'let odd = select(0x3f800000u, 0x7fc00000u, below(luck, 20000u) == 7u);\n' +
      '  return Outcome(bitcast<f32>(odd),',
  );
  expect(broken).not.toBe(text);
  await keepEnvironment(page, 'Broken scales', broken);
  await page.reload();
  await train({ label: 'Broken scales' });
  const alert = detail().getByRole('alert');
  await alert.getByText(/no finite number/).waitFor();
  const words = (await alert.textContent())!;
  const [, update] = /at update (\d+: \w+)/.exec(words)!;
  expect(words).toMatch(/The checkpoint at step [1-9][\d,]* is kept/);
  expect(await state()).toBe('Failed');
  const states = await statesFromNow();
  await button('Resume training').click();
  // From the checkpoint on the same happens again, at the same update: a run is its seed's alone.
  await expect.poll(async () => (await states()).slice(-2), SLOW).toEqual(['Training', 'Failed']);
  expect(await alert.textContent()).toContain(`at update ${update}`);
});

test('too much for the memory: the tensor and its size are named', async () => {
  await page.goto(`${relay.origin}/train`);
  await field('Environment').selectOption('CartPole-v1');
  await page.getByRole('radio', { name: 'Proximal policy optimisation' }).click();
  await field('Worlds').fill('65536');
  await field('Rollout').fill('65536');
  await button('Train').click();
  const alert = detail().getByRole('alert');
  await alert.getByText(/^The run stopped: .*'ppo.*bytes/s).waitFor();
  await alert.getByText(/Nothing was learned yet/).waitFor();
});

test('a full disk is said, and training goes on', async () => {
  await page.goto(`${relay.origin}/train`);
  await train('CartPole-v1');
  await page.getByRole('figure', { name: /^CartPole-v1, played after/ }).waitFor();
  await page.evaluate(() => {
    IDBObjectStore.prototype.add = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await detail()
    .getByText(/The disk is full: the latest checkpoint of this run could not be kept/)
    .waitFor();
  const before = await stepsDone();
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(before);
});

test('runs wait in line for a free core and take their turns', async () => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 });
  });
  await page.goto(`${relay.origin}/train`);
  await train('CartPole-v1');
  await expect.poll(state, SLOW).toBe('Training');
  for (const expected of ['Training', 'Waiting for a free core']) {
    await button('Duplicate with a change').click();
    await button('Train').click();
    await expect.poll(state, SLOW).toBe(expected);
  }
  await button('Pause PPO CartPole-v1').click();
  await expect.poll(state, SLOW).toBe('Training');
  await button('Resume PPO CartPole-v1').click();
  const first = page.getByRole('listitem').filter({ hasText: 'Waiting for a free core' });
  await first.getByRole('link', { name: 'PPO CartPole-v1', exact: true }).waitFor();
});

test('the main thread has time for 60 frames a second beside two runs and their curves', async () => {
  await page.goto(`${relay.origin}/train`);
  await train('CartPole-v1');
  await expect.poll(state, SLOW).toBe('Training');
  await button('Duplicate with a change').click();
  await button('Train').click();
  await page.getByRole('figure', { name: /changed -?\d/ }).waitFor();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  // Processor time of the page's own thread, which other programs do not disturb.
  const busy = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const seconds = (name: string) => metrics.find((one) => one.name === name)!.value;
    return { task: seconds('TaskDuration'), at: seconds('Timestamp') };
  };
  const first = await busy();
  const before = await stepsDone();
  await expect.poll(async () => (await busy()).at - first.at, SLOW).toBeGreaterThan(4);
  expect(await stepsDone()).toBeGreaterThan(before);
  const last = await busy();
  const share = (last.task - first.task) / (last.at - first.at);
  console.log(`main thread busy: ${(100 * share).toFixed(1)} %`);
  expect(share).toBeLessThan(0.5);
});

test('a lost device: the run goes on from its checkpoint on what there is', async () => {
  await page.goto(`${relay.origin}/train?device=webgpu`);
  await train('CartPole-v1');
  await detail()
    .getByText(/^Runs on (?!WASM)/)
    .waitFor();
  await page.getByRole('figure', { name: /^CartPole-v1, played after/ }).waitFor();
  const cdp = await browser.newBrowserCDPSession();
  await cdp.send('Browser.crashGpuProcess').catch(() => undefined); // it does not answer any more
  await detail()
    .getByRole('alert')
    .getByText(/^The device was lost .*went on from its checkpoint at step/)
    .waitFor();
  const before = await stepsDone();
  await expect.poll(state, SLOW).toBe('Training');
  await expect.poll(stepsDone, SLOW).toBeGreaterThan(before);
});
