/** What stands around the tests of one file: the product served, a browser, and a page in it. */
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { launchBrowser, type Relay, startRelay } from './product.ts';

export type Opened = { relay: Relay; browser: Browser };

/** Hands both over before the first test of the file, and closes them after its last. */
export function openBrowserForTests(use: (opened: Opened) => void): void {
  let relay: Relay;
  let browser: Browser;
  beforeAll(async () => {
    relay = await startRelay();
    browser = await launchBrowser();
    use({ relay, browser });
  });
  afterAll(async () => {
    await browser.close();
    await relay[Symbol.asyncDispose]();
  });
}

/** One desktop page for all tests of the file; an error that nobody caught in it fails the file. */
export function openPageForTests(use: (opened: Opened & { page: Page }) => void): void {
  let opened: Opened;
  const failures: string[] = [];
  openBrowserForTests((both) => {
    opened = both;
  });
  beforeAll(async () => {
    const page = await opened.browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => failures.push(error.message));
    use({ ...opened, page });
  });
  afterAll(() => expect(failures).toEqual([]));
}
