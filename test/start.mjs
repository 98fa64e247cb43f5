// `npm test` in a fresh clone: install, find or install a Chromium, then check, build and test.
// Runs on whatever Node the machine has; everything after the installation runs on Node 24.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NODE, ROOT, install, runOrExit, say } from '../apps/relay/install.mjs';

/** True where test/chromium.ts finds a browser. */
function chromiumFound() {
  const script = "import('./test/chromium.ts').then((m) => process.exit(m.chromiumPath() ? 0 : 1))";
  return spawnSync(NODE, ['--input-type=module', '-e', script], { cwd: ROOT }).status === 0;
}

function installChromium() {
  if (chromiumFound()) return;
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0;
  if (isRoot && spawnSync('apt-get', ['--version']).status === 0) {
    say("Installing Debian's Chromium (once) ...");
    spawnSync('apt-get', ['-qq', 'update'], { stdio: 'inherit' });
    spawnSync('apt-get', ['-qq', '-y', 'install', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (chromiumFound()) return;
  }
  say("Installing Playwright's Chromium (once) ...");
  const cure = 'Install Chrome, Chromium or Edge, or set CHROMIUM to the path of one.';
  const playwright = join(ROOT, 'node_modules', 'playwright', 'cli.js');
  // Only root may install the libraries that a bare machine lacks.
  const libraries = isRoot ? ['--with-deps'] : [];
  runOrExit(NODE, [playwright, 'install', ...libraries, 'chromium'], cure);
}

install();
installChromium();
for (const step of ['check', 'build', 'test:all']) {
  say(`\n${step} ...`);
  runOrExit('npm', ['run', '--silent', step], 'The lines above say where it stopped.');
}
