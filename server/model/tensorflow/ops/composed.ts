/** Operations that ONNX lacks, made of those it has. Where a denominator may be zero, the branch not taken is safe. */
import { float, int } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import type { Carried } from '../../channels';
import type { TfCall, TfOperation } from '../types';
import { aligned, mapped } from './elementwise';

/** Two operands in one order of axes. */
function paired(call: TfCall, make: (x: Value, y: Value) => Value): Carried {
  const { values, first } = aligned(call);
  return { value: make(values[0] ?? '', values[1] ?? ''), first };
}

const isZero = (call: TfCall, x: Value): Value => call.op('Equal', [x, call.b.scalar(0)]);
const unless = (call: TfCall, condition: Value, otherwise: number, x: Value): Value =>
  call.op('Where', [condition, call.b.scalar(otherwise), x]);

/** x / y, and 0 where y is 0. */
function divNoNan(call: TfCall): Carried {
  return paired(call, (x, y) => {
    const none = isZero(call, y);
    return unless(call, none, 0, call.op('Div', [x, unless(call, none, 1, y)]));
  });
}

/** x log y (or x / y), and 0 where x is 0. */
const xTimes =
  (of: (call: TfCall, x: Value, y: Value) => Value) =>
  (call: TfCall): Carried =>
    paired(call, (x, y) => {
      const none = isZero(call, x);
      return unless(call, none, 0, of(call, x, unless(call, none, 1, y)));
    });

/** Remainder with the sign of the divisor; ONNX' own is for whole numbers. */
function floorMod(call: TfCall): Carried {
  return paired(call, (x, y) => {
    const whole = call.b.type(x)?.dtype !== 'float32';
    if (whole) return call.op('Mod', [x, y]);
    return call.op('Sub', [x, call.op('Mul', [y, call.op('Floor', [call.op('Div', [x, y])])])]);
  });
}

/**
 * The angle of (x, y) by half angles: with r = √(x² + y²) it is 2 atan(y / (r + x)) right of the axis and
 * 2 atan((r − x) / y) elsewhere. Both are smooth where they are used.
 */
function atan2(call: TfCall): Carried {
  return paired(call, (y, x) => {
    const { b } = call;
    const r = call.op('Sqrt', [call.op('Add', [call.op('Mul', [x, x]), call.op('Mul', [y, y])])]);
    const right = call.op('Greater', [x, b.scalar(0)]);
    const flat = isZero(call, y);
    const twice = (above: Value, below: Value): Value =>
      call.op('Mul', [b.scalar(2), call.op('Atan', [call.op('Div', [above, below])])]);
    const near = twice(y, call.op('Where', [right, call.op('Add', [r, x]), b.scalar(1)]));
    const far = twice(call.op('Sub', [r, x]), unless(call, flat, 1, y));
    const behind = call.op('Where', [call.op('Less', [x, b.scalar(0)]), b.scalar(Math.PI), b.scalar(0)]);
    return call.op('Where', [right, near, call.op('Where', [flat, behind, far])]);
  });
}

function finite(call: TfCall): Carried {
  return mapped(call, (x) => call.op('Not', [call.op('Or', [call.op('IsNaN', [x]), call.op('IsInf', [x])])]));
}

/** Local response normalisation: TensorFlow counts neighbours on one side and does not divide α by the window. */
function localResponse(call: TfCall): Carried {
  const size = 2 * call.number('depth_radius', 5) + 1;
  const [tensor] = call.inputs;
  if (tensor === undefined) throw call.refuse('It has no input.');
  const value = call.op('LRN', [call.channels.first(tensor)], {
    size: int(size),
    alpha: float(call.number('alpha', 1) * size),
    beta: float(call.number('beta', 0.5)),
    bias: float(call.number('bias', 1)),
  });
  return { value, first: true };
}

export const composed: readonly TfOperation[] = [
  { ops: ['DivNoNan'], doc: 'x / y, 0 where y is 0.', build: divNoNan },
  {
    ops: ['Xlogy'],
    doc: 'x log y, 0 where x is 0.',
    build: xTimes((call, x, y) => call.op('Mul', [x, call.op('Log', [y])])),
  },
  { ops: ['Xdivy'], doc: 'x / y, 0 where x is 0.', build: xTimes((call, x, y) => call.op('Div', [x, y])) },
  { ops: ['FloorMod', 'Mod'], doc: 'Remainder, with the sign of the divisor.', build: floorMod },
  { ops: ['Atan2'], doc: 'Angle of a point.', build: atan2 },
  { ops: ['IsFinite'], doc: 'Neither infinite nor no number.', build: finite },
  {
    ops: ['Log1p'],
    doc: 'log(1 + x).',
    build: (call) => mapped(call, (x) => call.op('Log', [call.op('Add', [x, call.b.scalar(1)])])),
  },
  {
    ops: ['Expm1'],
    doc: 'eˣ − 1.',
    build: (call) => mapped(call, (x) => call.op('Sub', [call.op('Exp', [x]), call.b.scalar(1)])),
  },
  { ops: ['LRN'], doc: 'Local response normalisation.', build: localResponse },
  {
    ops: ['Size'],
    doc: 'Number of elements.',
    build: (call) => call.plain(call.op('Cast', [call.op('Size', [call.value(0)])], { to: int(6) })),
  },
  {
    ops: ['Rank'],
    doc: 'Number of axes.',
    build: (call) =>
      call.plain(call.b.constant({ dtype: 'int32', dims: [], data: Int32Array.of(call.rank(0)) }, 'rank')),
  },
];
