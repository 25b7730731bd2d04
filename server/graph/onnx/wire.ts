/** The protobuf wire format: walks over fields where they lie; numbers are decoded by protobufjs. */
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../../errors';
import type { ByteSource } from './bytes';

/** One field of a message: where its contents (or its number) lie in the source. */
export interface Field {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export function truncated(what: string): UserError {
  return new UserError('model-truncated', `The model file ends in the middle of ${what}.`, {
    next: 'Download or export it again.',
  });
}

export function invalid(what: string): UserError {
  return new UserError('model-invalid', `Not a valid ONNX model: ${what}.`, {
    next: 'Export it again, or check it with onnx.checker.',
  });
}

/** Walks over the fields of the message in [start, end) without reading their contents. */
export function* walk(source: ByteSource, start: number, end: number, what: string): Generator<Field> {
  let at = start;
  const varint = (): number => {
    const bytes = source.read(at, Math.min(10, end - at));
    let value = 0;
    let scale = 1;
    for (const [index, byte] of bytes.entries()) {
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) {
        at += index + 1;
        return value;
      }
    }
    throw bytes.length < 10 ? truncated(what) : invalid(`a number in ${what} is too long`);
  };
  while (at < end) {
    const tag = varint();
    const [id, wire] = [Math.floor(tag / 8), tag % 8];
    if (id === 0 || id >= 2 ** 29) throw invalid(`field ${id} in ${what}`);
    const before = at;
    const value = wire === 0 || wire === 2 ? varint() : 0;
    if (wire === 0) {
      yield { id, start: before, end: at };
      continue;
    }
    const length = wire === 1 ? 8 : wire === 2 ? value : wire === 5 ? 4 : undefined;
    if (length === undefined) throw invalid(`wire type ${wire} in ${what}`);
    if (at + length > end) throw truncated(what);
    yield { id, start: at, end: at + length };
    at += length;
  }
}

export function bytesOf(source: ByteSource, field: Field): Uint8Array {
  return source.read(field.start, field.end - field.start);
}

const decoder = new TextDecoder();

export function stringOf(source: ByteSource, field: Field): string {
  return decoder.decode(bytesOf(source, field));
}

/** Integers: one, or a packed list of them; both look the same from the inside. */
export function integersOf(source: ByteSource, field: Field): bigint[] {
  const reader = protobuf.Reader.create(bytesOf(source, field));
  const list: bigint[] = [];
  try {
    while (reader.pos < reader.len) {
      const { low, high } = reader.int64() as { low: number; high: number };
      list.push((BigInt(high) << 32n) | BigInt(low >>> 0));
    }
  } catch {
    throw invalid('a list of integers is cut off');
  }
  return list;
}

export function integerOf(source: ByteSource, field: Field): number {
  return Number(integersOf(source, field)[0] ?? 0n);
}

export function floatsOf(source: ByteSource, field: Field, width: 4 | 8 = 4): number[] {
  const bytes = bytesOf(source, field);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / width) }, (_, index) =>
    width === 4 ? view.getFloat32(index * 4, true) : view.getFloat64(index * 8, true),
  );
}
