/**
 * An episode as bytes. Inputs are held for many ticks and states change little in a second, so both
 * are written as what changed: a 3-minute game of 1v1 takes about 25 kB.
 *
 * file       = "DPEP" format:u8 headerBytes:varint header:utf8-json inputs keyStates crc:u32
 * inputs     = { heldTicks:varint mask changed:int8* }   until all ticks are told; a mask has one bit
 *              for each of the 2 R wheels, and one byte follows for each bit that is set
 * keyStates  = { tickStep:varint mask changed:u32* }     header.keyStateCount times; one bit for each
 *              word of the state, against the key state before, the first one against zeros
 * crc        = CRC-32 of everything before it
 */
import { ByteReader, ByteWriter, crc32, EndOfBytes } from './bytes.ts';
import type { DecodedEpisode, Episode, KeyState } from './episode.ts';
import { type Header, headerOf } from './header.ts';

const MAGIC = Uint8Array.of(0x44, 0x50, 0x45, 0x50); // DPEP
const FORMAT = 1;
const CRC_BYTES = 4;

/** An episode as bytes: a small file, with a checksum. */
export function encodeEpisode(episode: Episode): Uint8Array<ArrayBuffer> {
  const { inputs, keyStates, ...rest } = episode;
  const stateBytes = keyStates[0]?.world.length ?? 0;
  const header: Header = { ...rest, keyStateCount: keyStates.length, stateBytes };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const writer = new ByteWriter();
  writer.bytes(MAGIC);
  writer.byte(FORMAT);
  writer.varint(json.length);
  writer.bytes(json);
  writeInputs(writer, inputs, 2 * episode.controllers.length);
  writeKeyStates(writer, keyStates);
  writer.u32(crc32(writer.written));
  return writer.written.slice();
}

/** The episode in these bytes; whatever they are, it does not throw. */
export function decodeEpisode(bytes: Uint8Array): DecodedEpisode {
  const known = MAGIC.every((byte, i) => bytes[i] === byte);
  if (!known) return { ok: false, reason: 'no-episode' };
  if (bytes.length < MAGIC.length + 1) return { ok: false, reason: 'truncated' };
  if (bytes[MAGIC.length]! > FORMAT) return { ok: false, reason: 'newer-format' };
  if (bytes[MAGIC.length] !== FORMAT) return { ok: false, reason: 'corrupt' };
  const bodyEnd = bytes.length - CRC_BYTES;
  if (bodyEnd < MAGIC.length + 1) return { ok: false, reason: 'truncated' };
  const body = bytes.subarray(0, bodyEnd);
  const proven = new ByteReader(bytes.subarray(bodyEnd)).u32() === crc32(body);
  try {
    const episode = readBody(new ByteReader(body.subarray(MAGIC.length + 1)));
    // Without its checksum, it may be whole and changed, or cut off where a part ended.
    return proven && episode ? { ok: true, episode } : { ok: false, reason: 'corrupt' };
  } catch (error) {
    if (!(error instanceof EndOfBytes)) throw error;
    return { ok: false, reason: proven ? 'corrupt' : 'truncated' };
  }
}

/** Null where something does not fit together. Throws EndOfBytes. */
function readBody(reader: ByteReader): Episode | null {
  const json = reader.bytes(reader.varint());
  const header = headerOf(json);
  if (!header) return null;
  const { keyStateCount, stateBytes, ...rest } = header;
  const inputs = readInputs(reader, header.tickCount, 2 * header.controllers.length);
  if (!inputs) return null;
  const keyStates = readKeyStates(reader, { keyStateCount, stateBytes });
  if (!keyStates || reader.left > 0) return null;
  if (keyStates[0]!.tick !== 0 || keyStates.at(-1)!.tick > header.tickCount) return null;
  return { ...rest, inputs, keyStates };
}

function writeInputs(writer: ByteWriter, inputs: Int8Array, wheels: number): void {
  const ticks = inputs.length / wheels;
  const held = new Int8Array(wheels);
  let since = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const now = inputs.subarray(tick * wheels, (tick + 1) * wheels);
    if (now.every((value, i) => value === held[i])) continue;
    writer.varint(tick - since);
    since = tick;
    writeMask(writer, wheels, (i) => now[i] !== held[i]);
    now.forEach((value, i) => {
      if (value !== held[i]) writer.byte(value & 0xff);
    });
    held.set(now);
  }
  writer.varint(ticks - since);
  writeMask(writer, wheels, () => false); // nothing changes any more: the end
}

function readInputs(
  reader: ByteReader,
  ticks: number,
  wheels: number,
): Int8Array<ArrayBuffer> | null {
  const inputs = new Int8Array(ticks * wheels);
  const held = new Int8Array(wheels);
  for (let tick = 0; ;) {
    const until = tick + reader.varint();
    if (until > ticks) return null;
    for (; tick < until; tick++) inputs.set(held, tick * wheels);
    const mask = reader.bytes(Math.ceil(wheels / 8));
    if (mask.every((byte) => byte === 0)) return tick === ticks ? inputs : null;
    for (let i = 0; i < wheels; i++) if (isSet(mask, i)) held[i] = reader.byte();
  }
}

function writeKeyStates(writer: ByteWriter, keyStates: readonly KeyState[]): void {
  let tick = 0;
  let before = new Uint32Array((keyStates[0]?.world.length ?? 0) / 4);
  for (const key of keyStates) {
    const words = new Uint32Array(key.world.slice().buffer);
    const known = before;
    writer.varint(key.tick - tick);
    writeMask(writer, words.length, (i) => words[i] !== known[i]);
    words.forEach((word, i) => {
      if (word !== known[i]) writer.u32(word);
    });
    tick = key.tick;
    before = words;
  }
}

function readKeyStates(
  reader: ByteReader,
  { keyStateCount, stateBytes }: { keyStateCount: number; stateBytes: number },
): KeyState[] | null {
  const keyStates: KeyState[] = [];
  const words = new Uint32Array(stateBytes / 4);
  let tick = 0;
  for (let k = 0; k < keyStateCount; k++) {
    const step = reader.varint();
    if (k > 0 && step === 0) return null;
    tick += step;
    const mask = reader.bytes(Math.ceil(words.length / 8));
    for (let i = 0; i < words.length; i++) if (isSet(mask, i)) words[i] = reader.u32();
    keyStates.push({ tick, world: new Uint8Array(words.slice().buffer) });
  }
  return keyStates;
}

function writeMask(writer: ByteWriter, count: number, set: (i: number) => boolean): void {
  for (let first = 0; first < count; first += 8) {
    let byte = 0;
    for (let i = first; i < Math.min(first + 8, count); i++) if (set(i)) byte |= 1 << (i - first);
    writer.byte(byte);
  }
}

function isSet(mask: Uint8Array, i: number): boolean {
  return ((mask[i >> 3]! >> (i & 7)) & 1) === 1;
}
