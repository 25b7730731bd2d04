/** Operations that work element by element: they keep the order of axes they find. */
import { float, int, text } from '../../../graph/attributes';
import { codeFromDtype } from '../../../graph/onnx/dtypes';
import type { Value } from '../../../graph/types';
import { reshaped } from '../../arrays';
import type { Carried } from '../../channels';
import { castCode } from '../dtypes';
import type { TfCall, TfOperation } from '../types';

const unary: Readonly<Record<string, string>> = {
  ...{ Relu: 'Relu', Sigmoid: 'Sigmoid', Tanh: 'Tanh', Softplus: 'Softplus', Softsign: 'Softsign', Erf: 'Erf' },
  ...{ Exp: 'Exp', Log: 'Log', Sqrt: 'Sqrt', Neg: 'Neg', Abs: 'Abs', Floor: 'Floor', Ceil: 'Ceil', Round: 'Round' },
  ...{ Sign: 'Sign', Reciprocal: 'Reciprocal', Inv: 'Reciprocal', Sin: 'Sin', Cos: 'Cos', Tan: 'Tan', Asin: 'Asin' },
  ...{ Acos: 'Acos', Atan: 'Atan', Sinh: 'Sinh', Cosh: 'Cosh', LogicalNot: 'Not', IsNan: 'IsNaN' },
  ...{ Asinh: 'Asinh', Acosh: 'Acosh', Atanh: 'Atanh', IsInf: 'IsInf' },
};

const binary: Readonly<Record<string, string>> = {
  ...{ Add: 'Add', AddV2: 'Add', BiasAdd: 'Add', Sub: 'Sub', Mul: 'Mul', RealDiv: 'Div', Div: 'Div' },
  ...{ Maximum: 'Max', Minimum: 'Min', Pow: 'Pow', Greater: 'Greater', GreaterEqual: 'GreaterOrEqual', Less: 'Less' },
  ...{ LessEqual: 'LessOrEqual', Equal: 'Equal', LogicalAnd: 'And', LogicalOr: 'Or', LogicalXor: 'Xor' },
};

export function mapped(call: TfCall, make: (x: Value) => Value): Carried {
  const [tensor] = call.inputs;
  if (tensor === undefined) throw call.refuse('It has no input.');
  return { ...tensor, value: make(tensor.value) };
}

/** Operands in one order of axes: a vector along the channels fits both, anything else is put in the model's. */
export function aligned(call: TfCall): { readonly values: readonly Value[]; readonly first: boolean } {
  const ranks = call.inputs.map((tensor) => call.channels.shape(tensor)?.length ?? -1);
  const rank = Math.max(...ranks);
  const fits = call.inputs.every((tensor, index) => {
    const own = ranks[index] ?? -1;
    return own === rank || own === 0 || (own === 1 && call.b.constantOf(tensor.value) !== undefined);
  });
  const first = fits && call.inputs.some((tensor) => tensor.first);
  const values = call.inputs.map((tensor, index) => {
    const own = ranks[index] ?? -1;
    if (!first) return call.channels.last(tensor);
    if (own === rank) return call.channels.first(tensor);
    const constant = call.b.constantOf(tensor.value);
    if (own === 0 || constant === undefined) return tensor.value;
    return call.b.constant(
      reshaped(constant, [constant.dims[0] ?? 1, ...new Array<number>(rank - 2).fill(1)]),
      'channels',
    );
  });
  return { values, first };
}

function binaryOf(op: string): (call: TfCall) => Carried {
  return (call) => {
    if (call.node.op === 'BiasAdd' && call.text('data_format', 'NHWC').startsWith('NC'))
      throw call.refuse('Its channels are first.');
    const { values, first } = aligned(call);
    return { value: call.op(op, values), first };
  };
}

const clip = (call: TfCall, low: number, high: number): Carried =>
  mapped(call, (x) => call.op('Clip', [x, call.b.scalar(low), call.b.scalar(high)]));

function softmax(op: string): (call: TfCall) => Carried {
  return (call) => call.plain(call.op(op, [call.value(0)], { axis: int(-1) }));
}

function filled(call: TfCall, value: number): Carried {
  return mapped(call, (x) => {
    const number = call.b.scalar(value);
    const type = call.b.type(x)?.dtype ?? 'float32';
    const one = type === 'float32' ? number : call.op('Cast', [number], { to: int(codeFromDtype(type)) });
    return call.op('Expand', [one, call.op('Shape', [x])]);
  });
}

export const elementwise: readonly TfOperation[] = [
  ...Object.entries(unary).map(([name, op]): TfOperation => ({
    ops: [name],
    doc: `${op} of each element.`,
    build: (call) => mapped(call, (x) => call.op(op, [x])),
  })),
  ...Object.entries(binary).map(([name, op]): TfOperation => ({
    ops: [name],
    doc: `${op} of two tensors.`,
    build: binaryOf(op),
  })),
  {
    ops: ['NotEqual'],
    doc: 'Equal, negated.',
    build: (call) => {
      const { values, first } = aligned(call);
      return { value: call.op('Not', [call.op('Equal', values)]), first };
    },
  },
  {
    ops: ['SquaredDifference'],
    doc: '(x − y)².',
    build: (call) => {
      const { values, first } = aligned(call);
      const d = call.op('Sub', values);
      return { value: call.op('Mul', [d, d]), first };
    },
  },
  {
    ops: ['FloorDiv'],
    doc: '⌊x / y⌋.',
    build: (call) => {
      const { values, first } = aligned(call);
      const quotient = call.op('Div', values);
      return { value: call.b.type(quotient)?.dtype === 'float32' ? call.op('Floor', [quotient]) : quotient, first };
    },
  },
  {
    ops: ['AddN'],
    doc: 'Sum of all inputs.',
    build: (call) => {
      const { values, first } = aligned(call);
      return { value: values.slice(1).reduce((sum, next) => call.op('Add', [sum, next]), values[0] ?? ''), first };
    },
  },
  { ops: ['Square'], doc: 'x².', build: (call) => mapped(call, (x) => call.op('Mul', [x, x])) },
  {
    ops: ['Rsqrt'],
    doc: '1 / √x.',
    build: (call) => mapped(call, (x) => call.op('Reciprocal', [call.op('Sqrt', [x])])),
  },
  { ops: ['Relu6'], doc: 'Positive part up to 6.', build: (call) => clip(call, 0, 6) },
  {
    ops: ['ClipByValue'],
    doc: 'Between two numbers.',
    build: (call) => mapped(call, (x) => call.op('Clip', [x, call.value(1), call.value(2)])),
  },
  {
    ops: ['Elu'],
    doc: 'Exponential below 0.',
    build: (call) => mapped(call, (x) => call.op('Elu', [x], { alpha: float(1) })),
  },
  {
    ops: ['Selu'],
    doc: 'Scaled exponential below 0.',
    build: (call) =>
      mapped(call, (x) => call.op('Selu', [x], { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) })),
  },
  {
    ops: ['LeakyRelu'],
    doc: 'Small slope below 0.',
    build: (call) => mapped(call, (x) => call.op('LeakyRelu', [x], { alpha: float(call.number('alpha', 0.2)) })),
  },
  {
    ops: ['Prelu'],
    doc: 'Learned slope below 0.',
    build: (call) => {
      const { values, first } = aligned(call);
      return { value: call.op('PRelu', values), first };
    },
  },
  {
    ops: ['Gelu'],
    doc: 'x Φ(x).',
    build: (call) =>
      mapped(call, (x) => call.op('Gelu', [x], { approximate: text(call.flag('approximate') ? 'tanh' : 'none') })),
  },
  { ops: ['Softmax'], doc: 'Softmax over the last axis.', build: softmax('Softmax') },
  { ops: ['LogSoftmax'], doc: 'Its logarithm.', build: softmax('LogSoftmax') },
  {
    ops: ['Select', 'SelectV2'],
    doc: 'One of two, by a condition.',
    build: (call) => {
      const { values, first } = aligned(call);
      return { value: call.op('Where', values), first };
    },
  },
  {
    ops: ['Cast'],
    doc: 'Another type.',
    build: (call) => {
      const code = castCode(call.node.attributes['DstT']?.type ?? 0);
      if (code === undefined) throw call.refuse('It casts to a type that is not known.');
      return mapped(call, (x) => call.op('Cast', [x], { to: int(code) }));
    },
  },
  { ops: ['ZerosLike'], doc: 'Zeros of the same shape.', build: (call) => filled(call, 0) },
  { ops: ['OnesLike'], doc: 'Ones of the same shape.', build: (call) => filled(call, 1) },
];
