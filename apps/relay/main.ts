/** Starts the relay: settings, data folder, server; says where it is; stops cleanly on a signal. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { serve } from '@hono/node-server';
import packageJson from './package.json' with { type: 'json' };
import { createApp } from './app.ts';
import { readSettings } from './settings.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const DRAIN_MS_MAX = 5000; // a request still open after this is cut off

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}

function openDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    fail(`DATA_FOLDER '${path}' cannot be written (${String(error)}); name another folder.`);
  }
}

const read = readSettings(process.env);
if (!read.ok) fail(read.reason);
const { host, port } = read.settings;
const pageFolder = resolve(ROOT, read.settings.pageFolder);
openDataFolder(resolve(ROOT, read.settings.dataFolder));
if (!existsSync(join(pageFolder, 'index.html'))) {
  fail(`No page is built in ${pageFolder}; run \`npm start\`, which builds and serves it.`);
}

const app = createApp({
  pageFolder,
  version: packageJson.version,
  uptimeSeconds: () => Math.round(process.uptime()),
});

const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
  const shown = host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host;
  console.log(`Dreampitch is at http://${shown}:${address.port}`);
});

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') fail(`Port ${port} is taken; set PORT to another one.`);
  if (error.code === 'EACCES') fail(`Port ${port} needs more rights; set PORT to one above 1023.`);
  fail(`The relay cannot listen on ${host}:${port}: ${error.message}`);
});

function stop(): void {
  server.close(() => process.exit(0));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  }, DRAIN_MS_MAX).unref();
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
