/**
 * Nodes that a device's provider takes and then refuses to run, or gets wrong. They are left to the processor by name;
 * what a provider does not take at all goes there by itself. Found by the tests of `test/conformance/engines`.
 */
import { numberOf, stringsOf } from '../../graph/attributes';
import type { Graph, Node } from '../../graph/types';
import type { SessionChoices } from './load';

type Provider = NonNullable<SessionChoices['provider']>;

interface Exception {
  readonly ops: readonly string[];
  readonly why: string;
  readonly applies: (node: Node, graph: Graph) => boolean;
}

/** A convolution over three axes, or one whose axes are not known. */
const isDeep = ({ inputs: [x = '', weights = ''] }: Node, { types, constants }: Graph): boolean =>
  (types.get(x)?.shape?.length ?? constants.get(weights)?.dims.length ?? 5) > 4;

const given = (node: Node, index: number): boolean => (node.inputs[index] ?? '') !== '';

/** ONNX Runtime 1.30, Dawn. */
const webgpu: readonly Exception[] = [
  {
    ops: ['MaxPool'],
    why: '“The Indices output is not supported yet”',
    applies: (node) => (node.outputs[1] ?? '') !== '',
  },
  {
    ops: ['ConvTranspose'],
    why: '“Only Conv2d or Conv1d are supported”',
    applies: (node, graph) => isDeep(node, graph),
  },
  {
    ops: ['Conv'],
    why: '“Conv3D does not support grouped convolution”',
    applies: (node, graph) => numberOf(node, 'group', 1) > 1 && isDeep(node, graph),
  },
  {
    ops: ['ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum'],
    why: 'without axes (`noop_with_empty_axes`) neither squares nor absolute values nor logarithms are taken',
    applies: (node) => numberOf(node, 'noop_with_empty_axes', 0) === 1,
  },
  {
    ops: ['LSTM', 'GRU', 'RNN'],
    why: 'activations other than sigmoid and tanh are refused',
    applies: (node) => stringsOf(node, 'activations') !== undefined,
  },
  { ops: ['LSTM'], why: 'with peepholes clipping is 2e-2 off', applies: (node) => given(node, 7) },
  {
    ops: ['LayerNormalization'],
    why: 'mean and inverse deviation are not given out',
    applies: (node) => (node.outputs[1] ?? '') !== '' || (node.outputs[2] ?? '') !== '',
  },
  {
    ops: ['Asin', 'Acos'],
    why: 'WGSL allows an absolute error of 7e-5, and drivers take more (Mesa 25: 2.5e-4)',
    applies: () => true,
  },
];

const exceptions: Readonly<Partial<Record<Provider, readonly Exception[]>>> = { webgpu };

/** Names of the nodes that the processor has to run. */
export function leftToProcessor(graph: Graph, provider: Provider | undefined): string[] {
  const own = provider === undefined ? [] : (exceptions[provider] ?? []);
  if (own.length === 0) return [];
  return graph.nodes
    .filter((node) => own.some(({ ops, applies }) => ops.includes(node.op) && applies(node, graph)))
    .map(({ name }) => name);
}
