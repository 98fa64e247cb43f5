/** The relay as a process: it starts, answers, says what is wrong, and stops cleanly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PAGE_FOLDER = mkdtempSync(join(tmpdir(), 'dreampitch-page-'));
beforeAll(() => writeFileSync(join(PAGE_FOLDER, 'index.html'), '<!doctype html>'));
afterAll(() => rmSync(PAGE_FOLDER, { recursive: true }));

function startRelay(environment: Record<string, string>) {
  const main = join(import.meta.dirname, 'main.ts');
  const env = { ...process.env, PAGE_FOLDER, ...environment };
  const child = spawn(process.execPath, [main], { env });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return { child, output: () => output, exited: once(child, 'exit') as Promise<[number | null]> };
}

async function untilPrinted(output: () => string, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(output());
    if (match) return match;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('it prints its address, answers /health and stops cleanly on SIGTERM', async () => {
  const dataFolder = join(mkdtempSync(join(tmpdir(), 'dreampitch-data-')), 'deeper');
  const relay = startRelay({ PORT: '0', DATA_FOLDER: dataFolder });
  const [, address] = await untilPrinted(relay.output, /(http:\/\/localhost:\d+)/);
  const health = (await (await fetch(`${address}/health`)).json()) as { status: string };
  expect(health.status).toBe('ok');
  expect(existsSync(dataFolder)).toBe(true);
  relay.child.kill('SIGTERM');
  expect(await relay.exited).toEqual([0, null]);
});

test('a taken port is said with the cure', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = String((taken.address() as AddressInfo).port);
  const relay = startRelay({ PORT: port, DATA_FOLDER: tmpdir() });
  const [code] = await relay.exited;
  taken.close();
  expect(code).toBe(1);
  expect(relay.output()).toContain(`Port ${port} is taken; set PORT to another one.`);
});

test('a data folder that cannot be made is said with the cure', async () => {
  const relay = startRelay({ PORT: '0', DATA_FOLDER: '/dev/null/data' });
  expect((await relay.exited)[0]).toBe(1);
  expect(relay.output()).toContain('name another folder');
});

test('a missing page is said with the command that builds it', async () => {
  const relay = startRelay({
    PORT: '0',
    DATA_FOLDER: tmpdir(),
    PAGE_FOLDER: join(tmpdir(), 'none'),
  });
  expect((await relay.exited)[0]).toBe(1);
  expect(relay.output()).toContain('npm start');
});
