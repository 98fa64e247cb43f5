// Puts the locked dependencies (Node 24 among them) in place. Runs on whatever Node and npm the
// machine has, before anything is installed: plain JavaScript, built-in modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Node 24 from the lock file. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

const STAMP = join(ROOT, 'node_modules', '.dreampitch-lock');

/** One line of what is being done. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Runs a command with its output shown; ends this process with its exit status when it fails. */
export function runOrExit(command, args, cure) {
  const windows = process.platform === 'win32';
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', shell: windows });
  if (result.status === 0) return;
  const reason = result.error ? result.error.message : `it ended with status ${result.status}`;
  process.stderr.write(`\`${command} ${args.join(' ')}\` failed: ${reason}. ${cure}\n`);
  process.exit(result.status || 1);
}

/** Installs exactly what package-lock.json says, unless that is already in place. */
export function install() {
  const lock = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const wanted = lock.digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted && existsSync(NODE)) return;
  say('Installing dependencies (once, about half a minute) ...');
  const cure = 'Check the network and that npm is version 7 or newer, then try again.';
  runOrExit('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], cure);
  if (!existsSync(NODE)) {
    // npm with install scripts switched off leaves the `node` package without its binary.
    runOrExit('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], cure);
  }
  writeFileSync(STAMP, wanted);
}
