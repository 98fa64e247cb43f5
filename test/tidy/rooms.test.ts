/** The architecture, kept: which room may import which, through one door, with a README each. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** DESIGN's direction of imports: a room and the rooms it may import. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/compute': [],
  'packages/sim': ['compute'],
  'packages/learning': ['compute', 'sim'],
  'packages/swarm': [],
  'apps/game': ['compute', 'sim', 'learning'],
  'apps/relay': ['swarm'],
};

const rooms = globSync('{apps,packages}/*/package.json', { cwd: ROOT }).map((path) =>
  dirname(path),
);
const IMPORT =
  /(?:^|\s)(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;

type Import = { file: string; room: string; specifier: string };

function importsOf(room: string): Import[] {
  const files = globSync(`${room}/**/*.{ts,tsx,mjs}`, {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  });
  return files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return [...text.matchAll(IMPORT)].map((match) => {
      return { file, room, specifier: match[1] ?? match[2]! };
    });
  });
}

const imports = rooms.flatMap(importsOf);

test('every room is in the picture', () => {
  expect(rooms.toSorted()).toEqual(rooms.filter((room) => room in MAY_IMPORT).toSorted());
  expect(imports.length).toBeGreaterThan(rooms.length);
});

test('rooms import only the rooms they may, by name', () => {
  const wrong = imports.filter(({ room, specifier }) => {
    const name = /^@dreampitch\/([^/]+)$/.exec(specifier)?.[1];
    if (specifier.startsWith('@dreampitch/') && name === undefined) return true; // past the door
    return name !== undefined && !MAY_IMPORT[room]!.includes(name);
  });
  expect(wrong).toEqual([]);
});

test('no relative import leaves its room', () => {
  const wrong = imports.filter(({ file, room, specifier }) => {
    if (!specifier.startsWith('.')) return false;
    return relative(room, join(dirname(file), specifier)).startsWith('..');
  });
  expect(wrong).toEqual([]);
});

test('no file imports its own barrel', () => {
  const wrong = imports.filter(({ file, room, specifier }) => {
    if (/\.test\.tsx?$/.test(file)) return false;
    const own = specifier === `@dreampitch/${room.split('/')[1]}`;
    return own || join(dirname(file), specifier) === join(room, 'index.ts');
  });
  expect(wrong).toEqual([]);
});

test('every room has a README of about one screen', () => {
  for (const room of [...rooms, 'test']) {
    const path = join(ROOT, room, 'README.md');
    expect(existsSync(path), `${room} has no README.md`).toBe(true);
    expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThanOrEqual(80);
  }
});

test('no text names a path of one machine or a package host', () => {
  const tracked = globSync('{apps,packages,test}/**/*.{ts,tsx,mjs,md,wgsl,css,html}', {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  });
  const found = tracked.filter((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return /\/(?:root|home\/\w+|work\/main)\/|registry\.npmjs/.test(text);
  });
  expect(found).toEqual(found.filter((file) => file === 'test/tidy/rooms.test.ts'));
});
