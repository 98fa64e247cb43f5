import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { ZipEntry, zipOf } from './zip.ts';

test('the check value of CRC-32', () => {
  const entry = new ZipEntry('check', new TextEncoder().encode('12345'));
  entry.append(new TextEncoder().encode('6789'));
  expect(entry.crc).toBe(0xcbf43926);
});

test('the archive lists and holds its files', async () => {
  const files = ['a.episode', 'b ü.episode'].map((name, i) => {
    return { name, bytes: Uint8Array.from({ length: 5000 * i + 3 }, (_, at) => at * 7) };
  });
  const bytes = new Uint8Array(
    await zipOf(files.map(({ name, bytes }) => new ZipEntry(name, bytes))).arrayBuffer(),
  );
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  expect(view.getUint16(end + 10, true)).toBe(2);
  let at = view.getUint32(end + 16, true);
  for (const file of files) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    expect(name).toBe(file.name);
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + nameLength;
    expect(bytes.subarray(start, start + file.bytes.length)).toEqual(file.bytes);
    at += 46 + nameLength;
  }
});

test('a reader that others wrote finds what went in', async () => {
  const files = [
    { name: 'one.txt', bytes: new TextEncoder().encode('kick-off') },
    { name: 'deep/two.bin', bytes: Uint8Array.from({ length: 100_000 }, (_, i) => i * 7) },
    { name: 'nothing', bytes: new Uint8Array(0) },
  ];
  const archive = await zipOf(
    files.map(({ name, bytes }) => new ZipEntry(name, bytes)),
  ).arrayBuffer();
  const found = Object.entries(unzipSync(new Uint8Array(archive)));
  expect(found.map(([name, bytes]) => ({ name, bytes }))).toEqual(files);
});
