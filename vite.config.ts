/**
 * One configuration for the page's build, the development server and every test project.
 * The page is apps/game; it is built into dist/game, which apps/relay serves.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_FLAGS, chromiumPath } from './test/chromium.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Shared memory (WASM threads) needs a cross-origin isolated page. */
const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A `.wgsl` file is a module whose default export is its text (in Node: node-wgsl.mjs). */
function wgslText(): Plugin {
  return {
    name: 'wgsl-text',
    transform(code, id) {
      if (!id.endsWith('.wgsl')) return null;
      return { code: `export default ${JSON.stringify(code)};`, map: null };
    },
  };
}

/** Writes `x.br` beside every built text and WASM file, so that the relay never compresses. */
function precompressed(): Plugin {
  const folder = here('dist/game');
  return {
    name: 'precompressed',
    apply: 'build',
    writeBundle() {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => /\.(js|css|html|svg|json|wasm)$/.test(name))) {
        writeFileSync(
          join(folder, `${file}.br`),
          brotliCompressSync(readFileSync(join(folder, file))),
        );
      }
      writeFileSync(here('dist/built'), ''); // apps/relay/start.mjs: the page is whole
    },
  };
}

export default defineConfig({
  root: here('apps/game'),
  plugins: [react(), wgslText(), precompressed()],
  worker: { format: 'es', plugins: () => [wgslText()] },
  build: {
    outDir: here('dist/game'),
    emptyOutDir: true,
    target: 'es2024',
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { checks: { pluginTimings: false } }, // compression takes its time
  },
  // Named, so that the first browser test does not reload in its middle when Vite finds them.
  optimizeDeps: { include: ['three/webgpu', 'three/tsl', 'dexie', 'react', 'react-dom/client'] },
  server: { host: '127.0.0.1', headers: ISOLATION_HEADERS },
  test: {
    // Vitest leaves one core to itself: of two it would use one.
    maxWorkers: '100%',
    // `npm test` and `npx vitest` run from the repository's root, whatever `root` is above.
    projects: [
      {
        extends: true,
        root: here('.'),
        test: {
          name: 'unit',
          testTimeout: 30_000,
          environment: 'node',
          include: ['{apps,packages,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.browser.test.ts', 'test/browser/**'],
        },
      },
      {
        extends: true,
        root: here('.'),
        // Found while a test runs, it would reload the page under that test.
        optimizeDeps: {
          include: ['yjs', '@bufbuild/protobuf', 'onnx-buf', 'onnxruntime-web/wasm'],
        },
        test: {
          name: 'browser',
          include: ['{apps,packages,test}/**/*.browser.test.ts'],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: chromiumPath() ?? undefined, args: CHROMIUM_FLAGS },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        root: here('.'),
        test: {
          // Whole paths through the built product in a real Chromium, after all others: each has
          // a match to draw and trains, which takes a core.
          name: 'path',
          environment: 'node',
          include: ['test/browser/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
