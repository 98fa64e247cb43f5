/**
 * The relay's HTTP side as one Hono application: `/health` and the built pages. It knows the folder
 * of the pages and nothing of sockets or processes (main.ts).
 */
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

export type AppOptions = {
  pageFolder: string; // the built game, with index.html
  version: string;
  uptimeSeconds: () => number;
};

/**
 * Cross-origin isolation gives the page shared memory, which WASM threads need. The policy allows
 * the page's own code only, compiled WASM included.
 */
const PAGE_HEADERS: Record<string, string> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Vite names built files by content, so they never change under their name. */
const BUILT = '/assets/';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export function createApp(options: AppOptions): Hono {
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(PAGE_HEADERS)) context.header(name, value);
    const immutable = context.res.status === 200 && context.req.path.startsWith(BUILT);
    context.header('Cache-Control', immutable ? IMMUTABLE : 'no-cache');
  });

  app.get('/health', (context) =>
    context.json({
      status: 'ok',
      version: options.version,
      uptimeSeconds: options.uptimeSeconds(),
    }),
  );

  app.use(serveStatic({ root: options.pageFolder, precompressed: true }));

  // Every other address a person opens is the page's to answer: it says so when it knows none.
  const page = serveStatic({ root: options.pageFolder, path: 'index.html', precompressed: true });
  app.get('*', async (context, next) => {
    const asked = context.req.header('Accept')?.includes('text/html');
    // A missing script answered with the page would be kept as that script, for a year.
    if (!asked || context.req.path.startsWith(BUILT)) return next();
    return page(context, next);
  });

  app.notFound((context) => context.text(`Nothing is served at ${context.req.path}.\n`, 404));
  return app;
}
