import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from './app.ts';

const outside = mkdtempSync(join(tmpdir(), 'dreampitch-relay-'));
const folder = join(outside, 'pages');
const app = createApp({ pageFolder: folder, version: '1.2.3', uptimeSeconds: () => 7 });
const PAGE = '<!doctype html><title>Dreampitch</title>';
const SCRIPT = 'export const kick = 1;';

beforeAll(() => {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), 'secret of the house');
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'assets', 'game-abc.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'game-abc.js.br'), brotliCompressSync(SCRIPT));
});
afterAll(() => rmSync(outside, { recursive: true }));

const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(path, { headers: { Accept: 'text/html', ...headers } });

test('health says that the relay lives, in JSON', async () => {
  const response = await get('/health');
  expect(await response.json()).toEqual({ status: 'ok', version: '1.2.3', uptimeSeconds: 7 });
});

test('every page is cross-origin isolated, so that WASM threads have shared memory', async () => {
  for (const path of ['/', '/data', '/assets/game-abc.js', '/assets/none.js']) {
    const { headers } = await get(path);
    expect(headers.get('Cross-Origin-Opener-Policy'), path).toBe('same-origin');
    expect(headers.get('Cross-Origin-Embedder-Policy'), path).toBe('require-corp');
  }
});

test('built files are served compressed and for ever, the page is asked for anew', async () => {
  const script = await get('/assets/game-abc.js', { 'Accept-Encoding': 'br, gzip' });
  expect(script.headers.get('Content-Encoding')).toBe('br');
  expect(script.headers.get('Cache-Control')).toContain('immutable');
  const bytes = new Uint8Array(await script.arrayBuffer());
  expect(brotliDecompressSync(bytes).toString()).toBe(SCRIPT);
  expect((await get('/')).headers.get('Cache-Control')).toBe('no-cache');
});

test('any address a person opens gets the page, a missing file gets 404 in words', async () => {
  const page = await get('/train');
  expect([page.status, await page.text()]).toEqual([200, PAGE]);
  const missing = await app.request('/assets/none.js', { headers: { Accept: '*/*' } });
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain('/assets/none.js');
});

test('a built file that is gone is not answered with the page, which would be kept for a year', async () => {
  const response = await get('/assets/none.js');
  expect([response.status, response.headers.get('Cache-Control')]).toEqual([404, 'no-cache']);
});

test.each(['/..%2fsecret.txt', '/%2e%2e%2fsecret.txt', '/assets/..%2f..%2fsecret.txt'])(
  '%s does not leave the folder of pages',
  async (path) => {
    const response = await app.request(path, { headers: { Accept: '*/*' } });
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret of the house');
  },
);
