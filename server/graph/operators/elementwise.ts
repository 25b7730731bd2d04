/** Shape-keeping operators of one input, and the helpers their neighbours use. */
import type { DType, ValueType } from '../types';
import type { Known, Operator, OperatorContext } from './types';

/** Output 0 has the type of input 0. */
export function sameAsInput(context: OperatorContext, input = 0): (ValueType | undefined)[] {
  const type = context.type(input);
  return [type === undefined ? undefined : { dtype: type.dtype, shape: type.shape }];
}

/** Output 0 has the shape of input 0 and the given dtype. */
export function withDtype(context: OperatorContext, dtype: DType): (ValueType | undefined)[] {
  return [{ dtype, shape: context.shape(0) }];
}

/** Applies a function to every known number. */
export function foldUnary(f: (value: number) => number): NonNullable<Operator['fold']> {
  return (context) => {
    const input = context.known(0);
    if (input === undefined) return undefined;
    const data = new Array<number>(input.data.length);
    for (let index = 0; index < data.length; index += 1) {
      const value = input.data[index];
      if (typeof value !== 'number') return undefined;
      data[index] = f(value);
    }
    return [{ ...input, data } satisfies Known];
  };
}

const simple = (op: string, doc: string, f?: (value: number) => number): Operator => ({
  ops: [op],
  domain: '',
  doc,
  infer: (context) => sameAsInput(context),
  ...(f === undefined ? {} : { fold: foldUnary(f) }),
});

/** Round half to even, as ONNX says. */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export const elementwise: readonly Operator[] = [
  simple('Abs', '|x|.', Math.abs),
  simple('Neg', '−x.', (x) => -x),
  simple('Sign', '−1, 0 or 1.', Math.sign),
  simple('Floor', '⌊x⌋.', Math.floor),
  simple('Ceil', '⌈x⌉.', Math.ceil),
  simple('Round', 'Nearest integer, halves to even.', roundEven),
  simple('Reciprocal', '1/x.', (x) => 1 / x),
  simple('Sqrt', '√x.', Math.sqrt),
  simple('Exp', 'eˣ.', Math.exp),
  simple('Log', 'Natural logarithm.', Math.log),
  simple('Erf', 'Gauss error function.'),
  simple('Sin', 'Sine.', Math.sin),
  simple('Cos', 'Cosine.', Math.cos),
  simple('Tan', 'Tangent.', Math.tan),
  simple('Asin', 'Arcsine.', Math.asin),
  simple('Acos', 'Arccosine.', Math.acos),
  simple('Atan', 'Arctangent.', Math.atan),
  simple('Sinh', 'Hyperbolic sine.', Math.sinh),
  simple('Cosh', 'Hyperbolic cosine.', Math.cosh),
  simple('Asinh', 'Inverse hyperbolic sine.', Math.asinh),
  simple('Acosh', 'Inverse hyperbolic cosine.', Math.acosh),
  simple('Atanh', 'Inverse hyperbolic tangent.', Math.atanh),
  simple('Relu', 'max(0, x).', (x) => Math.max(0, x)),
  simple('LeakyRelu', 'x where x ≥ 0, alpha·x elsewhere.'),
  simple('ThresholdedRelu', 'x where x > alpha, 0 elsewhere.'),
  simple('Elu', 'x where x ≥ 0, alpha·(eˣ − 1) elsewhere.'),
  simple('Selu', 'gamma·x where x > 0, gamma·alpha·(eˣ − 1) elsewhere.'),
  simple('Celu', 'max(0, x) + min(0, alpha·(exp(x/alpha) − 1)).'),
  simple('Gelu', 'x·Φ(x), or its tanh approximation.'),
  simple('Mish', 'x·tanh(softplus(x)).'),
  simple('Sigmoid', '1/(1 + e⁻ˣ).'),
  simple('HardSigmoid', 'max(0, min(1, alpha·x + beta)).'),
  simple('HardSwish', 'x·max(0, min(1, x/6 + ½)).'),
  simple('Softplus', 'ln(1 + eˣ).'),
  simple('Softsign', 'x/(1 + |x|).'),
  simple('Tanh', 'Hyperbolic tangent.', Math.tanh),
  simple('Shrink', 'Soft or hard shrinkage towards 0.'),
  simple('Clip', 'x limited to [min, max], both optional inputs.'),
  simple('Not', 'Logical negation.', (x) => (x === 0 ? 1 : 0)),
  simple('BitwiseNot', 'Bitwise negation.', (x) => ~x),
  simple('Softmax', 'exp(x)/Σ exp(x) along one axis.'),
  simple('LogSoftmax', 'x − ln Σ exp(x) along one axis.'),
  simple('Hardmax', '1 at the first maximum along one axis, 0 elsewhere.'),
  simple('LRN', 'Local response normalisation over channels.'),
  simple('LpNormalization', 'x divided by its Lp norm along one axis.'),
  simple('MeanVarianceNormalization', '(x − mean)/standard deviation over axes.'),
  simple('InstanceNormalization', 'Normalises each channel of each sample, then scale and bias.'),
  simple('GroupNormalization', 'Normalises groups of channels of each sample, then scale and bias per channel.'),
  simple('CumSum', 'Running sum along one axis.'),
  simple('Trilu', 'Upper or lower triangle of the last two axes.'),
  simple('ReverseSequence', 'Reverses the first n steps of each sequence.'),
  simple('ScatterElements', 'Copy of data with updates written at indices along one axis.'),
  simple('Scatter', 'ScatterElements before opset 11.'),
  simple('ScatterND', 'Copy of data with slices written at indices.'),
  simple('RandomNormalLike', 'Normal random numbers shaped like the input.'),
  simple('RandomUniformLike', 'Uniform random numbers shaped like the input.'),
  simple('Bernoulli', 'Random 0 or 1 with the given probabilities.'),
  {
    ops: ['IsNaN', 'IsInf'],
    domain: '',
    doc: 'True where x is not a number, or infinite.',
    infer: (context) => withDtype(context, 'bool'),
  },
  {
    ops: ['Identity'],
    domain: '',
    doc: 'x itself.',
    infer: (context) => sameAsInput(context),
    fold: (context) => {
      const input = context.known(0);
      return input === undefined ? undefined : [input];
    },
  },
  {
    ops: ['Dropout'],
    domain: '',
    doc: 'x itself at inference; the second output is the mask of kept elements.',
    infer: (context) => [...sameAsInput(context), ...withDtype(context, 'bool')],
  },
];
