/** Small linear layers: as a node of a graph, and as the neurons it stands for. */
import { float, int, ints, text } from '../../../../server/graph/attributes';
import type { GraphBuilder } from '../../../../server/graph/builder';
import { f32, i64, numbers } from '../../../../server/graph/tensor';
import type { Attribute, Tensor, Value } from '../../../../server/graph/types';
import type { Neuron } from './slow';

export interface Layer {
  readonly name: string;
  readonly op: string;
  /** Sizes of one sample's input and output, without the batch. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly neurons: readonly Neuron[];
  readonly kind: 'dense' | 'convolution' | 'pooling';
  build(b: GraphBuilder, x: Value): Value;
}

/** Multiples of 1/8 in [−1, 1], zeros among them: sums of products are exact, so cancellations are exactly 0. */
export function eighths(length: number, seed: number): number[] {
  let state = (seed * 2654435761) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 10) % 17) / 8 - 1;
  });
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
const tensor = (dims: readonly number[], seed: number): Tensor =>
  f32(Float32Array.from(eighths(sizeOf(dims), seed)), dims);

/** Every index of a box, row-major. */
function* indices(dims: readonly number[]): Generator<number[]> {
  for (let flat = 0; flat < sizeOf(dims); flat += 1) yield unflat(flat, dims);
}

function unflat(flat: number, dims: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = dims.length - 1, rest = flat; axis >= 0; axis -= 1) {
    index[axis] = rest % dims[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return index;
}

const flatten = (index: readonly number[], dims: readonly number[]): number =>
  index.reduce((flat, at, axis) => flat * dims[axis]! + at, 0);
const inside = (index: readonly number[], dims: readonly number[]): boolean =>
  index.every((at, axis) => at >= 0 && at < dims[axis]!);

interface Convolution {
  readonly input: readonly number[];
  readonly maps: number;
  readonly kernel: readonly number[];
  readonly group?: number;
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly outputPadding?: readonly number[];
  readonly bias?: boolean;
  readonly dead?: boolean;
}

const one = (like: readonly number[]): number[] => like.map(() => 1);

/** y[m, p] = Σ_c Σ_q w[m, c, q] x[c, p·stride + q·dilation − pad] + b[m] */
function conv(name: string, given: Convolution, seed: number): Layer {
  const { input, maps, kernel, group = 1, bias = true } = given;
  const [channels = 0, ...space] = input;
  const [strides, dilations] = [given.strides ?? one(kernel), given.dilations ?? one(kernel)];
  const pads = given.pads ?? [...kernel, ...kernel].map(() => 0);
  const weights = tensor([maps, channels / group, ...kernel], seed);
  // One map without weights: its neurons have denominators of 0.
  if (given.dead !== false) weights.data.fill(0 as never, 0, (channels / group) * sizeOf(kernel));
  const biases = tensor([maps], seed + 1);
  const out = space.map((size, d) => {
    const reach = dilations[d]! * (kernel[d]! - 1) + 1;
    return Math.floor((size + pads[d]! + pads[d + space.length]! - reach) / strides[d]!) + 1;
  });
  const neurons = [...indices([maps, ...out])].map(([m = 0, ...p]): Neuron => {
    const links = [...indices([channels / group, ...kernel])].flatMap(([c = 0, ...q]) => {
      const at = p.map((x, d) => x * strides[d]! + q[d]! * dilations[d]! - pads[d]!);
      const channel = Math.floor(m / (maps / group)) * (channels / group) + c;
      if (!inside(at, space)) return [];
      const w = Number(weights.data[flatten([m, c, ...q], weights.dims)]);
      return [{ j: flatten([channel, ...at], input), w }];
    });
    return { links, bias: bias ? Number(biases.data[m]) : 0 };
  });
  const attributes: Record<string, Attribute> = {
    group: int(group),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints(pads),
    kernel_shape: ints(kernel),
  };
  return {
    name,
    op: 'Conv',
    kind: 'convolution',
    input,
    output: [maps, ...out],
    neurons,
    build: (b, x) =>
      b.op('Conv', [x, b.constant(weights, 'w'), ...(bias ? [b.constant(biases, 'b')] : [])], attributes),
  };
}

/** y[m, p] = Σ over c, i, q with p = i·stride + q·dilation − pad of w[c, m, q] x[c, i], + b[m] */
function convTranspose(name: string, given: Convolution, seed: number): Layer {
  const { input, maps, kernel, group = 1 } = given;
  const [channels = 0, ...space] = input;
  const [strides, dilations] = [given.strides ?? one(kernel), given.dilations ?? one(kernel)];
  const pads = given.pads ?? [...kernel, ...kernel].map(() => 0);
  const more = given.outputPadding ?? kernel.map(() => 0);
  const weights = tensor([channels, maps / group, ...kernel], seed);
  const biases = tensor([maps], seed + 1);
  const out = space.map(
    (size, d) =>
      strides[d]! * (size - 1) + more[d]! + dilations[d]! * (kernel[d]! - 1) + 1 - pads[d]! - pads[d + space.length]!,
  );
  const dims = [maps, ...out];
  const links = [...indices(dims)].map((): { j: number; w: number }[] => []);
  for (const [c = 0, ...i] of indices(input))
    for (const [m = 0, ...q] of indices([maps / group, ...kernel])) {
      const p = i.map((x, d) => x * strides[d]! + q[d]! * dilations[d]! - pads[d]!);
      if (!inside(p, out)) continue;
      const map = Math.floor(c / (channels / group)) * (maps / group) + m;
      const w = Number(weights.data[flatten([c, m, ...q], weights.dims)]);
      links[flatten([map, ...p], dims)]!.push({ j: flatten([c, ...i], input), w });
    }
  const attributes: Record<string, Attribute> = {
    group: int(group),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints(pads),
    kernel_shape: ints(kernel),
    output_padding: ints(more),
  };
  return {
    name,
    op: 'ConvTranspose',
    kind: 'convolution',
    input,
    output: dims,
    neurons: links.map((own, k) => ({ links: own, bias: Number(biases.data[Math.floor(k / sizeOf(out))]) })),
    build: (b, x) => b.op('ConvTranspose', [x, b.constant(weights, 'w'), b.constant(biases, 'b')], attributes),
  };
}

interface Dense {
  readonly rows?: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Row by row, y = W x + b. */
function denseNeurons(rows: number, weight: (k: number, j: number) => number, size: Dense, bias: number[]): Neuron[] {
  return Array.from({ length: rows * size.outputs }, (_, at) => {
    const [row, k] = [Math.floor(at / size.outputs), at % size.outputs];
    const links = Array.from({ length: size.inputs }, (_, j) => ({ j: row * size.inputs + j, w: weight(k, j) }));
    return { links, bias: bias[k] ?? 0 };
  });
}

function gemm(name: string, transB: boolean, alpha: number, beta: number, bias: boolean, seed: number): Layer {
  const [inputs, outputs] = [5, 6];
  const weights = tensor(transB ? [outputs, inputs] : [inputs, outputs], seed);
  for (let j = 0; j < inputs; j += 1) weights.data[transB ? j : j * outputs] = 0;
  const biases = tensor([outputs], seed + 1);
  const weight = (k: number, j: number): number =>
    alpha * Number(weights.data[transB ? k * inputs + j : j * outputs + k]);
  const own = numbers(biases).map((x) => (bias ? beta * x : 0));
  return {
    name,
    op: 'Gemm',
    kind: 'dense',
    input: [inputs],
    output: [outputs],
    neurons: denseNeurons(1, weight, { inputs, outputs }, own),
    build: (b, x) =>
      b.op('Gemm', [x, b.constant(weights, 'w'), ...(bias ? [b.constant(biases, 'b')] : [])], {
        transB: int(transB ? 1 : 0),
        alpha: float(alpha),
        beta: float(beta),
      }),
  };
}

function matmul(name: string, rows: number, bias: boolean, seed: number): Layer {
  const [inputs, outputs] = [4, 5];
  const weights = tensor([inputs, outputs], seed);
  const biases = tensor([outputs], seed + 1);
  const own = numbers(biases).map((x) => (bias ? x : 0));
  const weight = (k: number, j: number): number => Number(weights.data[j * outputs + k]);
  return {
    name,
    op: 'MatMul',
    kind: 'dense',
    input: rows === 1 ? [inputs] : [rows, inputs],
    output: rows === 1 ? [outputs] : [rows, outputs],
    neurons: denseNeurons(rows, weight, { inputs, outputs }, own),
    build(b, x) {
      const y = b.op('MatMul', [x, b.constant(weights, 'w')]);
      return bias ? b.op('Add', [y, b.constant(biases, 'b')]) : y;
    },
  };
}

/** y = W x, the constant on the left: [3, 4] × [4, 2]. */
function matmulLeft(seed: number): Layer {
  const [outputs, inputs, columns] = [3, 4, 2];
  const weights = tensor([outputs, inputs], seed);
  const neurons = [...indices([outputs, columns])].map(([k = 0, column = 0]) => ({
    links: Array.from({ length: inputs }, (_, j) => ({
      j: j * columns + column,
      w: Number(weights.data[k * inputs + j]),
    })),
    bias: 0,
  }));
  return {
    name: 'constant on the left',
    op: 'MatMul',
    kind: 'dense',
    input: [inputs, columns],
    output: [outputs, columns],
    neurons,
    build: (b, x) => b.op('MatMul', [b.constant(weights, 'w'), x]),
  };
}

/** y = Σ_hd x[t, h, d] w[h, d, m], as attention's last projection is written. */
function einsum(seed: number): Layer {
  const [steps, heads, width, outputs] = [2, 2, 3, 4];
  const weights = tensor([heads, width, outputs], seed);
  const neurons = [...indices([steps, outputs])].map(([t = 0, m = 0]) => ({
    links: [...indices([heads, width])].map(([h = 0, d = 0]) => ({
      j: flatten([t, h, d], [steps, heads, width]),
      w: Number(weights.data[flatten([h, d, m], weights.dims)]),
    })),
    bias: 0,
  }));
  return {
    name: 'a constant factor',
    op: 'Einsum',
    kind: 'dense',
    input: [steps, heads, width],
    output: [steps, outputs],
    neurons,
    build: (b, x) => b.op('Einsum', [x, b.constant(weights, 'w')], { equation: text('bthd,hdm->btm') }),
  };
}

/** y = (x − mean) / √(variance + ε) · scale + shift, per channel; standard deviations 1 and 2. */
function batchNorm(seed: number): Layer {
  const [channels, side] = [3, 2];
  const [scale, shift, mean] = [1, 2, 3].map((more) => tensor([channels], seed + more)) as [Tensor, Tensor, Tensor];
  const variance = f32(Float32Array.of(0.75, 3.75, 0.75), [channels]);
  const input = [channels, side, side];
  const neurons = [...indices(input)].map((index): Neuron => {
    const channel = index[0]!;
    const factor = Number(scale.data[channel]) / Math.sqrt(Number(variance.data[channel]) + 0.25);
    const bias = Number(shift.data[channel]) - Number(mean.data[channel]) * factor;
    return { links: [{ j: flatten(index, input), w: factor }], bias };
  });
  return {
    name: 'with nothing to fold it into',
    op: 'BatchNormalization',
    kind: 'dense',
    input,
    output: input,
    neurons,
    build: (b, x) =>
      b.op('BatchNormalization', [x, ...[scale, shift, mean, variance].map((t) => b.constant(t, 'p'))], {
        epsilon: float(0.25),
      }),
  };
}

/** Windows of 2 × 2; with padding the corner window has one real element. */
function averagePool(name: string, pads: readonly number[], countPads: boolean): Layer {
  const [channels, height, width] = [2, 4, 4];
  const input = [channels, height, width];
  const out = [height, width].map((size, d) => Math.floor((size + pads[d]! + pads[d + 2]! - 2) / 2) + 1);
  const output = [channels, ...out];
  const neurons = [...indices(output)].map(([c = 0, ...p]): Neuron => {
    const real = [...indices([2, 2])]
      .map((q) => p.map((x, d) => 2 * x + q[d]! - pads[d]!))
      .filter((at) => inside(at, [height, width]));
    return {
      links: real.map((at) => ({ j: flatten([c, ...at], input), w: 1 / (countPads ? 4 : real.length) })),
      bias: 0,
    };
  });
  return {
    name,
    op: 'AveragePool',
    kind: 'pooling',
    input,
    output,
    neurons,
    build: (b, x) =>
      b.op('AveragePool', [x], {
        kernel_shape: ints([2, 2]),
        strides: ints([2, 2]),
        pads: ints(pads),
        count_include_pad: int(countPads ? 1 : 0),
      }),
  };
}

/** One neuron per channel over all positions. */
function overall(op: 'GlobalAveragePool' | 'ReduceMean' | 'ReduceSum'): Layer {
  const input = [3, 2, 2];
  const w = op === 'ReduceSum' ? 1 : 1 / 4;
  const neurons = [0, 1, 2].map((c): Neuron => ({ links: [0, 1, 2, 3].map((at) => ({ j: 4 * c + at, w })), bias: 0 }));
  return {
    name: 'over both spatial axes',
    op,
    kind: 'pooling',
    input,
    output: [3, 1, 1],
    neurons,
    build: (b, x) =>
      op === 'GlobalAveragePool' ? b.op(op, [x]) : b.op(op, [x, b.indices([2, 3])], { keepdims: int(1) }),
  };
}

/** y_p = the elements after p. */
function cumSum(): Layer {
  const input = [2, 4];
  const neurons = [...indices(input)].map(([c = 0, p = 0]): Neuron => {
    const links = [0, 1, 2, 3].filter((at) => at > p).map((at) => ({ j: c * 4 + at, w: 1 }));
    return { links, bias: 0 };
  });
  return {
    name: 'exclusive, reverse',
    op: 'CumSum',
    kind: 'pooling',
    input,
    output: input,
    neurons,
    build: (b, x) => b.op('CumSum', [x, b.constant(i64([2], []), 'axis')], { exclusive: int(1), reverse: int(1) }),
  };
}

/** Twice as wide: nearest repeats, linear (half pixels) mixes ¼ and ¾ with the neighbour, clamped at the ends. */
function resize(mode: 'nearest' | 'linear'): Layer {
  const [channels, width] = [2, 3];
  const input = [channels, width];
  const neurons = [...indices([channels, 2 * width])].map(([c = 0, p = 0]): Neuron => {
    const own = Math.floor(p / 2);
    const neighbour = Math.min(Math.max(p % 2 === 0 ? own - 1 : own + 1, 0), width - 1);
    if (mode === 'nearest' || neighbour === own) return { links: [{ j: c * width + own, w: 1 }], bias: 0 };
    const links = [
      { j: c * width + own, w: 0.75 },
      { j: c * width + neighbour, w: 0.25 },
    ];
    return { links, bias: 0 };
  });
  return {
    name: mode,
    op: 'Resize',
    kind: 'pooling',
    input,
    output: [channels, 2 * width],
    neurons,
    build: (b, x) =>
      b.op('Resize', [x, '', b.constant(f32(Float32Array.of(1, 1, 2), [3]), 'scales')], {
        mode: text(mode),
        ...(mode === 'nearest'
          ? { nearest_mode: text('floor'), coordinate_transformation_mode: text('asymmetric') }
          : {}),
      }),
  };
}

export const layers: readonly Layer[] = [
  gemm('plain', false, 1, 1, true, 1),
  gemm('without bias', false, 1, 1, false, 2),
  gemm('transposed, α = 2, β = ½', true, 2, 0.5, true, 3),
  gemm('α = −1', false, -1, 1, true, 22),
  matmul('a row', 1, false, 4),
  matmul('a row, then its bias', 1, true, 5),
  matmul('several rows, then a bias', 3, true, 6),
  matmulLeft(7),
  einsum(8),
  batchNorm(9),
  conv('1-D', { input: [2, 6], maps: 3, kernel: [3], pads: [1, 1] }, 10),
  conv('2-D', { input: [2, 5, 5], maps: 3, kernel: [3, 3] }, 11),
  conv('2-D without bias', { input: [2, 4, 4], maps: 3, kernel: [2, 2], bias: false }, 12),
  conv('2-D, uneven padding and stride', { input: [2, 5, 6], maps: 3, kernel: [3, 2], strides: [2, 3], pads: [1, 0, 2, 1] }, 13), // prettier-ignore
  conv('2-D grouped', { input: [4, 4, 4], maps: 6, kernel: [3, 3], group: 2, pads: [1, 1, 1, 1] }, 14),
  conv('2-D depthwise, stride 2', { input: [3, 5, 5], maps: 3, kernel: [3, 3], group: 3, strides: [2, 2], pads: [1, 1, 1, 1] }, 15), // prettier-ignore
  conv('2-D dilated', { input: [2, 6, 6], maps: 2, kernel: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] }, 16),
  conv('2-D, windows of padding only', { input: [1, 3, 3], maps: 2, kernel: [2, 2], strides: [2, 2], pads: [2, 2, 2, 2], dead: false }, 17), // prettier-ignore
  conv('3-D', { input: [1, 3, 3, 3], maps: 2, kernel: [2, 2, 2], pads: [1, 0, 0, 0, 1, 0] }, 18),
  convTranspose('2-D', { input: [2, 3, 3], maps: 2, kernel: [2, 2], strides: [2, 2] }, 19),
  convTranspose(
    '1-D grouped, padded',
    { input: [4, 4], maps: 2, kernel: [3], group: 2, strides: [2], pads: [1, 0] },
    20,
  ),
  convTranspose('with gaps', { input: [1, 3, 3], maps: 2, kernel: [2, 2], strides: [3, 3], outputPadding: [1, 1] }, 21),
  averagePool('plain', [0, 0, 0, 0], false),
  averagePool('padded, padding not counted', [1, 1, 1, 1], false),
  averagePool('padded, padding counted', [1, 1, 1, 1], true),
  overall('GlobalAveragePool'),
  overall('ReduceMean'),
  overall('ReduceSum'),
  cumSum(),
  resize('nearest'),
  resize('linear'),
];
