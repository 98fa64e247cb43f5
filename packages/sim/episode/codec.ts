/**
 * An episode as bytes. Inputs are held for many ticks and states change little in a second, so both
 * are told as what changed, range coded with likelihoods that are learned on the way.
 *
 * file     = "DPEP" format:u8 headerBytes:varint header:utf8-json coded crc:u32
 * coded    = range coded (range-coder.ts): for every tick and wheel, changed:1 [difference:8]; then for
 *            each of header.keyStateCount key states tickStep:32, and for every word changed:1 [word:32]
 * crc      = CRC-32 of everything before it
 *
 * Whatever changes how bytes are read changes FORMAT, and leaves a file of the format in fixtures/.
 * Format 1 was two grammars, of before and of after range coding.
 */
import { ByteReader, ByteWriter, crc32, EndOfBytes } from './bytes.ts';
import type { DecodedEpisode, Episode, KeyState } from './episode.ts';
import { type Header, headerOf, holds } from './header.ts';
import {
  BYTE_CONTEXTS,
  type Contexts,
  contexts,
  RangeDecoder,
  RangeEncoder,
} from './range-coder.ts';

const MAGIC = Uint8Array.of(0x44, 0x50, 0x45, 0x50); // DPEP
const FORMAT = 2;
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
  const encoder = new RangeEncoder(writer);
  writeInputs(encoder, inputs, 2 * episode.controllers.length);
  writeKeyStates(encoder, keyStates);
  encoder.finish();
  writer.u32(crc32(writer.written));
  return writer.written.slice();
}

/** The episode in these bytes; whatever they are, it does not throw. */
export function decodeEpisode(bytes: Uint8Array): DecodedEpisode {
  const known = MAGIC.every((byte, i) => bytes[i] === byte);
  if (!known) return { ok: false, reason: 'no-episode' };
  if (bytes.length < MAGIC.length + 1) return { ok: false, reason: 'truncated' };
  const format = bytes[MAGIC.length]!;
  if (format > FORMAT) return { ok: false, reason: 'newer-format' };
  if (format < FORMAT) return { ok: false, reason: 'older-format' };
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
  // Before anything is made as large as the header says.
  if (!holds(reader.left, header)) throw new EndOfBytes();
  const { keyStateCount, stateBytes, ...rest } = header;
  const decoder = new RangeDecoder(reader);
  const inputs = readInputs(decoder, header.tickCount, 2 * header.controllers.length);
  const keyStates = readKeyStates(decoder, { keyStateCount, stateBytes });
  if (!keyStates || reader.left > 0) return null;
  if (keyStates[0]!.tick !== 0 || keyStates.at(-1)!.tick > header.tickCount) return null;
  return { ...rest, inputs, keyStates };
}

/** Of each wheel: by robot, whether it changed in the tick before, and for how long it was held. */
const HELD_MAX = 8;

class InputModel {
  /** Contexts of "changed", for each wheel. */
  readonly changed: Contexts;
  /** Contexts of the difference, for each wheel. */
  readonly differences: Contexts;
  readonly value: Int8Array;
  readonly #ticksHeld: Uint8Array;

  constructor(wheels: number) {
    this.changed = contexts(wheels * (HELD_MAX + 1) * 2);
    this.differences = contexts(wheels * BYTE_CONTEXTS);
    this.value = new Int8Array(wheels);
    this.#ticksHeld = new Uint8Array(wheels);
  }

  /** The two wheels of a robot mostly change together. */
  contextOf(wheel: number, otherChanged: number): number {
    return (wheel * (HELD_MAX + 1) + this.#ticksHeld[wheel]!) * 2 + otherChanged;
  }

  passed(wheel: number, changed: number): void {
    const held = this.#ticksHeld[wheel]!;
    this.#ticksHeld[wheel] = changed === 1 ? 0 : Math.min(held + 1, HELD_MAX);
  }
}

function writeInputs(encoder: RangeEncoder, inputs: Int8Array, wheels: number): void {
  const model = new InputModel(wheels);
  for (let at = 0; at < inputs.length; at += wheels) {
    let before = 0;
    for (let wheel = 0; wheel < wheels; wheel++) {
      const value = inputs[at + wheel]!;
      const changed = value === model.value[wheel] ? 0 : 1;
      encoder.bit(model.changed, model.contextOf(wheel, wheel % 2 === 1 ? before : 0), changed);
      if (changed === 1) {
        const difference = (value - model.value[wheel]!) & 0xff;
        encoder.byte(model.differences, wheel * BYTE_CONTEXTS, difference);
        model.value[wheel] = value;
      }
      model.passed(wheel, changed);
      before = changed;
    }
  }
}

function readInputs(decoder: RangeDecoder, ticks: number, wheels: number): Int8Array<ArrayBuffer> {
  const model = new InputModel(wheels);
  const inputs = new Int8Array(ticks * wheels);
  for (let at = 0; at < inputs.length; at += wheels) {
    let before = 0;
    for (let wheel = 0; wheel < wheels; wheel++) {
      const context = model.contextOf(wheel, wheel % 2 === 1 ? before : 0);
      const changed = decoder.bit(model.changed, context);
      if (changed === 1) {
        const difference = decoder.byte(model.differences, wheel * BYTE_CONTEXTS);
        model.value[wheel] = model.value[wheel]! + difference;
      }
      inputs[at + wheel] = model.value[wheel]!;
      model.passed(wheel, changed);
      before = changed;
    }
  }
  return inputs;
}

/** Contexts of one word of the state: whether it changed, and its four bytes. */
class StateModel {
  readonly changed: Contexts;
  readonly bytes: Contexts;

  constructor(words: number) {
    this.changed = contexts(words);
    this.bytes = contexts(words * 4 * BYTE_CONTEXTS);
  }
}

function writeKeyStates(encoder: RangeEncoder, keyStates: readonly KeyState[]): void {
  const ticks = contexts(4 * BYTE_CONTEXTS);
  const wordCount = (keyStates[0]?.world.length ?? 0) / 4;
  const model = new StateModel(wordCount);
  let tick = 0;
  let before = new Uint32Array(wordCount);
  for (const key of keyStates) {
    const words = new Uint32Array(key.world.slice().buffer);
    writeWord(encoder, ticks, 0, key.tick - tick);
    words.forEach((word, i) => {
      const changed = word === before[i] ? 0 : 1;
      encoder.bit(model.changed, i, changed);
      if (changed === 1) writeWord(encoder, model.bytes, i * 4 * BYTE_CONTEXTS, word);
    });
    tick = key.tick;
    before = words;
  }
}

function readKeyStates(
  decoder: RangeDecoder,
  { keyStateCount, stateBytes }: { keyStateCount: number; stateBytes: number },
): KeyState[] | null {
  const keyStates: KeyState[] = [];
  const ticks = contexts(4 * BYTE_CONTEXTS);
  const words = new Uint32Array(stateBytes / 4);
  const model = new StateModel(words.length);
  let tick = 0;
  for (let k = 0; k < keyStateCount; k++) {
    const step = readWord(decoder, ticks, 0);
    if (k > 0 && step === 0) return null;
    tick += step;
    for (let i = 0; i < words.length; i++) {
      if (decoder.bit(model.changed, i) === 0) continue;
      words[i] = readWord(decoder, model.bytes, i * 4 * BYTE_CONTEXTS);
    }
    keyStates.push({ tick, world: new Uint8Array(words.slice().buffer) });
  }
  return keyStates;
}

/** Four bytes, highest first: of a float, sign and exponent change least. */
function writeWord(encoder: RangeEncoder, of: Contexts, first: number, word: number): void {
  for (let i = 0; i < 4; i++)
    encoder.byte(of, first + i * BYTE_CONTEXTS, (word >>> (24 - 8 * i)) & 0xff);
}

function readWord(decoder: RangeDecoder, of: Contexts, first: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | decoder.byte(of, first + i * BYTE_CONTEXTS);
  return word >>> 0;
}
