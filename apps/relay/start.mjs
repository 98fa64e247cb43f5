// `npm start` in a fresh clone: install, build, serve. Each step is skipped when nothing changed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT, install, runOrExit, say } from './install.mjs';

/** Written last: a build that was stopped half way has none. */
const BUILT = join(ROOT, 'dist', 'built');
const SOURCES = ['apps/game', 'packages', 'vite.config.ts', 'package-lock.json'];

/** The newest modification time below a path, in milliseconds. */
function newestMilliseconds(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = stat.mtimeMs;
  for (const name of readdirSync(path)) {
    if (name !== 'node_modules') newest = Math.max(newest, newestMilliseconds(join(path, name)));
  }
  return newest;
}

function build() {
  const built = existsSync(BUILT) ? statSync(BUILT).mtimeMs : 0;
  if (SOURCES.every((path) => newestMilliseconds(join(ROOT, path)) <= built)) return;
  say('Building the page ...');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  runOrExit(NODE, [vite, 'build', '--logLevel', 'warn'], 'The lines above say where it stopped.');
}

install();
build();
say('Starting the relay ...');
const relay = spawn(NODE, [join(ROOT, 'apps', 'relay', 'main.ts')], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => relay.kill(signal));
relay.on('exit', (code) => process.exit(code === null ? 1 : code));
