/** Fields of TensorFlow's protobufs, walked where they lie. */
import { bufferSource } from '../../graph/onnx/bytes';
import type { ByteSource } from '../../graph/onnx/bytes';
import { bytesOf, floatsOf, integerOf, integersOf, stringOf, walk } from '../../graph/onnx/wire';
import type { Field } from '../../graph/onnx/wire';

/** A message: its fields by number, in the file's order. */
export interface Message {
  all(id: number): readonly Message[];
  one(id: number): Message | undefined;
  text(id: number): string;
  texts(id: number): readonly string[];
  integer(id: number): number;
  integers(id: number): readonly number[];
  floats(id: number, width?: 4 | 8): readonly number[];
  bytes(id: number): Uint8Array | undefined;
  has(id: number): boolean;
}

export function messageOf(bytes: Uint8Array, what: string): Message {
  const source = bufferSource(bytes);
  return messageAt(source, { id: 0, start: 0, end: source.size }, what);
}

function messageAt(source: ByteSource, place: Field, what: string): Message {
  const fields = new Map<number, Field[]>();
  for (const field of walk(source, place.start, place.end, what)) {
    const list = fields.get(field.id);
    if (list === undefined) fields.set(field.id, [field]);
    else list.push(field);
  }
  const listed = (id: number): readonly Field[] => fields.get(id) ?? [];
  const last = (id: number): Field | undefined => listed(id).at(-1);
  return {
    all: (id) => listed(id).map((field) => messageAt(source, field, what)),
    one: (id) => {
      const field = last(id);
      return field === undefined ? undefined : messageAt(source, field, what);
    },
    text: (id) => {
      const field = last(id);
      return field === undefined ? '' : stringOf(source, field);
    },
    texts: (id) => listed(id).map((field) => stringOf(source, field)),
    integer: (id) => {
      const field = last(id);
      return field === undefined ? 0 : integerOf(source, field);
    },
    integers: (id) => listed(id).flatMap((field) => integersOf(source, field).map(Number)),
    floats: (id, width = 4) => listed(id).flatMap((field) => floatsOf(source, field, width)),
    bytes: (id) => {
      const field = last(id);
      return field === undefined ? undefined : bytesOf(source, field);
    },
    has: (id) => fields.has(id),
  };
}
