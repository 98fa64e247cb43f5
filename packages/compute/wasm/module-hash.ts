import { sha256Hex } from '../sha256.ts';

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const IMPORT_MEMORY = 2;
/** Bit of a memory's limits that says it is shared (WebAssembly core specification, 5.3.7). */
const SHARED_BIT = 2;

/**
 * Hex SHA-256 of an emitted module, the same whether it imports a shared memory or not: a replay of a
 * match played on one thread is verified on many.
 */
export function moduleHash(bytes: Uint8Array): string {
  const unshared = bytes.slice();
  const at = memoryLimitsOffset(bytes);
  if (at !== null) unshared[at] = unshared[at]! & ~SHARED_BIT;
  return sha256Hex(unshared);
}

/** Where the limits of the imported memory begin; null without one. */
function memoryLimitsOffset(bytes: Uint8Array): number | null {
  let at = HEADER_BYTES;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const skipName = (): void => {
    const length = number();
    at += length;
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const length = number();
    if (section !== IMPORT_SECTION) {
      at += length;
      continue;
    }
    number(); // There is one import.
    skipName();
    skipName();
    return bytes[at] === IMPORT_MEMORY ? at + 1 : null;
  }
  return null;
}
