/**
 * TensorBoard's event files: tensorflow.Event messages (tensorflow/core/util/event.proto,
 * framework/summary.proto, framework/tensor.proto), each in a TFRecord frame (lib/io/record_writer.h):
 *
 *   u64 bytes of the message | u32 masked CRC-32C of these 8 bytes | message | u32 its masked CRC-32C
 *
 * Of the messages, these fields, by number:
 *
 *   Event     wall_time 1 (double), step 2 (int64), file_version 3 (string), summary 5 (Summary)
 *   Summary   value 1 (repeated Value)
 *   Value     tag 1 (string), simple_value 2 (float), tensor 8 (TensorProto), metadata 9 (Metadata)
 *   Metadata  plugin_data 1 (PluginData), data_class 4 (enum)
 *   PluginData  plugin_name 1 (string)
 *   TensorProto dtype 1 (enum), tensor_shape 2 (message), string_val 8 (repeated bytes)
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { EventPoint, EventRun } from '../events.ts';

const FILE_VERSION = 'brain.Event:2';
const DT_STRING = 7;
const DATA_CLASS_TENSOR = 2;

export function encode({ startedAtSeconds, points }: EventRun): Uint8Array<ArrayBuffer> {
  const first = eventOf({ step: 0, wallSeconds: startedAtSeconds });
  const frames = [frameOf(first.tag(3, WireType.LengthDelimited).string(FILE_VERSION).finish())];
  for (const point of points) {
    const summary = summaryOf(point);
    if (summary.length === 0) continue;
    const event = eventOf(point).tag(5, WireType.LengthDelimited).bytes(summary);
    frames.push(frameOf(event.finish()));
  }
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}

function eventOf({ step, wallSeconds }: EventPoint): BinaryWriter {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallSeconds);
  return writer.tag(2, WireType.Varint).int64(step);
}

function summaryOf({ scalars = {}, texts = {} }: EventPoint): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(scalars)) {
    const message = summary.tag(1, WireType.LengthDelimited).fork();
    message.tag(1, WireType.LengthDelimited).string(tag);
    message.tag(2, WireType.Bit32).float(value).join();
  }
  for (const [tag, text] of Object.entries(texts)) {
    const message = summary.tag(1, WireType.LengthDelimited).fork();
    message.tag(1, WireType.LengthDelimited).string(tag);
    const tensor = message.tag(8, WireType.LengthDelimited).fork();
    tensor.tag(1, WireType.Varint).int32(DT_STRING);
    tensor.tag(2, WireType.LengthDelimited).bytes(new Uint8Array()); // one text, no axes
    tensor.tag(8, WireType.LengthDelimited).string(text).join();
    const metadata = message.tag(9, WireType.LengthDelimited).fork();
    metadata.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited);
    metadata.string('text').join();
    metadata.tag(4, WireType.Varint).int32(DATA_CLASS_TENSOR).join();
    message.join();
  }
  return summary.finish();
}

function frameOf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + 4 + message.length + 4);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedCrc(frame.subarray(0, 8)), true);
  frame.set(message, 12);
  view.setUint32(12 + message.length, maskedCrc(message), true);
  return frame;
}

/** CRC-32C (Castagnoli; RFC 3720, B.4), reflected. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** Rotated and shifted, as record_writer.h does with a CRC of what may hold CRCs itself. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
