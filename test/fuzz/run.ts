/**
 * `npm run fuzz -- <room> [--programs N] [--seed S]`: more random programs than `npm test` runs. A
 * failure prints the shrunk program.
 */
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

/** Vitest's project and file of each room. */
const ROOMS: Readonly<Record<string, { project: string; file: string }>> = {
  compute: { project: 'browser', file: 'packages/compute/fuzz/fuzz.browser.test.ts' },
};
const PROGRAMS_DEFAULT = '5000';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { programs: { type: 'string', default: PROGRAMS_DEFAULT }, seed: { type: 'string' } },
});
const room = ROOMS[positionals[0] ?? ''];
if (!room || !/^[1-9]\d*$/.test(values.programs) || !/^\d*$/.test(values.seed ?? '')) {
  const rooms = Object.keys(ROOMS).join(', ');
  console.error(`npm run fuzz -- <room> [--programs N] [--seed S]; rooms: ${rooms}.`);
  process.exit(2);
}
// Vite hands variables with this prefix on to the page.
process.env['VITE_FUZZ_PROGRAMS'] = values.programs;
if (values.seed) process.env['VITE_FUZZ_SEED'] = values.seed;
await startVitest('test', [room.file], { run: true, project: [room.project] });
