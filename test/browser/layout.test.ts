/** Small windows and two things at once: what is asked for can be seen and reached. */
import type { Browser, Page } from 'playwright';
import { expect, test } from 'vitest';
import { openBrowserForTests } from './around-tests.ts';
import { look } from './drive.ts';
import type { Relay } from './product.ts';

const SLOW = { timeout: 60_000, interval: 100 };

let relay: Relay;
let browser: Browser;

openBrowserForTests((opened) => {
  ({ relay, browser } = opened);
});

type Size = { width: number; height: number };

async function inWindow(viewport: Size, use: (page: Page) => Promise<void>): Promise<void> {
  const hasTouch = Math.min(viewport.width, viewport.height) < 500;
  const context = await browser.newContext({ viewport, hasTouch, isMobile: hasTouch });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${relay.origin}/?measure`);
    await page.getByRole('status', { name: 'Score' }).waitFor();
    await use(page);
  } finally {
    await context.close();
  }
}

const tickOf = async (page: Page) => (await look(page)).tick;
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

test('at 320 pixels consent and every control can be read and pressed', () =>
  inWindow({ width: 320, height: 480 }, async (page) => {
    const consent = page.getByRole('region', { name: 'Keep your matches?' });
    await consent.waitFor();
    const overflow = await consent.evaluate((card) => card.scrollWidth - card.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    // A click waits until nothing lies over what is clicked.
    await button(page, 'New match').click();
    await page.getByRole('dialog', { name: 'New match' }).waitFor();
    await page.keyboard.press('Escape');
    await button(page, 'No, thanks').click();
    await consent.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Train' }).click();
    await button(page, 'Close Train').click();
  }));

test('a dialog lies over the pitch and moves nothing', () =>
  inWindow({ width: 1280, height: 800 }, async (page) => {
    const places = () =>
      Promise.all(['main', 'canvas'].map((one) => page.locator(one).first().boundingBox()));
    const before = await places();
    expect(before[0]).toMatchObject({ y: 0, height: 800 });
    await button(page, 'New match').click();
    await page.getByRole('dialog', { name: 'New match' }).waitFor();
    expect(await places()).toEqual(before);
  }));

test('on a phone on its side a replay leaves most of the pitch in sight', () =>
  inWindow({ width: 780, height: 360 }, async (page) => {
    await button(page, 'Keep my matches').click();
    await expect.poll(() => tickOf(page), SLOW).toBeGreaterThan(150);
    await page.getByRole('link', { name: 'Data' }).click();
    await button(page, /^Watch You/).click();
    const bar = page.getByRole('region', { name: 'Replay' });
    await bar.waitFor();
    const box = (await bar.boundingBox())!;
    expect(box.height).toBeLessThan(70);
    expect(box.width).toBeGreaterThan(700);
    expect(box.y + box.height).toBeLessThanOrEqual(360);
    await button(page, 'Close replay').click();
    await page.getByRole('complementary', { name: 'Data' }).waitFor();
  }));

test('a match and a training run go on side by side', () =>
  inWindow({ width: 1280, height: 800 }, async (page) => {
    await page.keyboard.press('3');
    await button(page, 'Go on beside it').click();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/^Runs on /).waitFor();
    const before = await tickOf(page);
    await expect.poll(() => tickOf(page), SLOW).toBeGreaterThan(before + 60);
  }));

test('a match that nobody drives goes on beside the Train panel unasked', () =>
  inWindow({ width: 1280, height: 800 }, async (page) => {
    await page.keyboard.press('n');
    await page
      .getByRole('radiogroup', { name: 'Blue is driven by' })
      .getByRole('radio', { name: /Easy bot/ })
      .click();
    await button(page, 'Kick off').click();
    await page.keyboard.press('3');
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
    const before = await tickOf(page);
    await expect.poll(() => tickOf(page), SLOW).toBeGreaterThan(before + 60);
  }));

test('a second finger does not take the stick', () =>
  inWindow({ width: 390, height: 780 }, async (page) => {
    await button(page, 'No, thanks').click();
    const area = page.locator('.touch-area');
    const box = (await area.boundingBox())!;
    const at = { x: box.x + 120, y: box.y + 120 };
    const cdp = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', fingers: [number, number][]) =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: fingers.map(([dx, dy], id) => ({ x: at.x + dx, y: at.y + dy, id })),
      });
    const stick = page.locator('.stick');
    const placeOf = () => stick.evaluate((element) => element.getAttribute('style'));
    await touch('touchStart', [[0, 0]]);
    await touch('touchMove', [[0, -40]]);
    await stick.waitFor();
    const place = await placeOf();
    await touch('touchStart', [
      [0, -40],
      [90, 30],
    ]);
    await touch('touchMove', [
      [0, -40],
      [90, 10],
    ]);
    expect(await placeOf()).toBe(place);
    await touch('touchEnd', []);
    await stick.waitFor({ state: 'hidden' });
  }));
