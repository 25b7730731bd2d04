/** A Graph as an ONNX file that stock ONNX Runtime loads. */
import protobuf from 'protobufjs/minimal.js';
import { CANONICAL_OPSET } from '../types';
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from '../types';
import { codeFromDtype } from './dtypes';
import { writeTensor } from './write-tensor';
import type { ExternalData } from './write-tensor';

export type { ExternalData } from './write-tensor';

type Writer = protobuf.Writer;

/** IR version that belongs to the canonical operator set. */
const IR_VERSION = 10;

export interface WriteOptions {
  /** Where a constant's bytes lie beside the model; undefined keeps it in the model. */
  readonly external?: (name: Value, tensor: Tensor) => ExternalData | undefined;
  /** Shown by viewers, e.g. the method a program computes. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Versions of operator sets, where they are not the canonical ones (a Graph as it stands in an older file). */
  readonly opsets?: Readonly<Record<string, number>>;
}

/**
 * Serialises a Graph at the canonical operator set. Free sizes become `dim_param`; subgraphs are written in place.
 * Throws RangeError above 2 GiB of inline constants, protobuf's limit.
 */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, 0)).int64(IR_VERSION);
  writer.uint32(tag(2, 2)).string('model-blame');
  message(writer, 7, () => writeGraph(writer, graph, options));
  for (const [domain, version] of new Map([...opsetsOf(graph), ...Object.entries(options.opsets ?? {})])) {
    message(writer, 8, () => {
      writer.uint32(tag(1, 2)).string(domain);
      writer.uint32(tag(2, 0)).int64(version);
    });
  }
  for (const [key, value] of Object.entries(options.metadata ?? {})) {
    message(writer, 14, () => {
      writer.uint32(tag(1, 2)).string(key);
      writer.uint32(tag(2, 2)).string(value);
    });
  }
  return writer.finish();
}

export function tag(field: number, wire: number): number {
  return field * 8 + wire;
}

export function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32(tag(field, 2)).fork();
  write();
  writer.ldelim();
}

/** Versions of the operator sets a Graph uses. */
export function opsetsOf(graph: Graph): Map<string, number> {
  const opsets = new Map([['', CANONICAL_OPSET]]);
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.domain === 'ai.onnx.ml') {
        opsets.set(node.domain, Math.max(opsets.get(node.domain) ?? 4, node.op === 'TreeEnsemble' ? 5 : 4));
      } else if (!opsets.has(node.domain)) opsets.set(node.domain, 1);
      for (const attribute of Object.values(node.attributes)) {
        if (attribute.type === 'graph') visit(attribute.value.nodes);
      }
    }
  };
  visit(graph.nodes);
  return opsets;
}

function writeGraph(writer: Writer, graph: Graph, options: WriteOptions): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node, options));
  writer.uint32(tag(2, 2)).string(graph.name === '' ? 'graph' : graph.name);
  for (const [name, tensor] of graph.constants) {
    message(writer, 5, () => writeTensor(writer, name, tensor, options.external?.(name, tensor)));
  }
  for (const input of graph.inputs) message(writer, 11, () => writeValue(writer, input, graph.types.get(input)));
  for (const output of graph.outputs) {
    const constant = graph.constants.get(output);
    const type = graph.types.get(output) ?? (constant && { dtype: constant.dtype, shape: constant.dims });
    message(writer, 12, () => writeValue(writer, output, type));
  }
}

function writeNode(writer: Writer, node: Node, options: WriteOptions): void {
  for (const input of node.inputs) writer.uint32(tag(1, 2)).string(input);
  for (const output of node.outputs) writer.uint32(tag(2, 2)).string(output);
  writer.uint32(tag(3, 2)).string(node.name);
  writer.uint32(tag(4, 2)).string(node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, attribute, options));
  }
  if (node.domain !== '') writer.uint32(tag(7, 2)).string(node.domain);
}

/** AttributeProto.AttributeType. */
const kinds = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

function writeAttribute(writer: Writer, name: string, attribute: Attribute, options: WriteOptions): void {
  writer.uint32(tag(1, 2)).string(name);
  switch (attribute.type) {
    case 'float':
      writer.uint32(tag(2, 5)).float(attribute.value);
      break;
    case 'int':
      writer.uint32(tag(3, 0)).int64(long(attribute.value));
      break;
    case 'string':
      writer.uint32(tag(4, 2)).string(attribute.value);
      break;
    case 'tensor':
      message(writer, 5, () => writeTensor(writer, '', attribute.value, undefined));
      break;
    case 'graph':
      message(writer, 6, () => writeGraph(writer, attribute.value, options));
      break;
    case 'floats':
      for (const value of attribute.value) writer.uint32(tag(7, 5)).float(value);
      break;
    case 'ints':
      for (const value of attribute.value) writer.uint32(tag(8, 0)).int64(long(value));
      break;
    case 'strings':
      for (const value of attribute.value) writer.uint32(tag(9, 2)).string(value);
      break;
  }
  writer.uint32(tag(20, 0)).int32(kinds[attribute.type]);
}

/** Numbers at the ends of int64 (what `x[0:]` means) stay there. */
function long(value: number): number | string {
  if (value >= 2 ** 63) return '9223372036854775807';
  return value <= -(2 ** 63) ? '-9223372036854775808' : value;
}

function writeValue(writer: Writer, name: Value, type: ValueType | undefined): void {
  writer.uint32(tag(1, 2)).string(name);
  if (type === undefined) return;
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.uint32(tag(1, 0)).int32(codeFromDtype(type.dtype));
      const { shape } = type;
      if (shape === undefined) return;
      message(writer, 2, () => {
        for (const dim of shape) {
          message(writer, 1, () => {
            if (typeof dim === 'number') writer.uint32(tag(1, 0)).int64(dim);
            else writer.uint32(tag(2, 2)).string(dim);
          });
        }
      });
    }),
  );
}
