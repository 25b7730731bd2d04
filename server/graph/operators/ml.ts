/** `ai.onnx.ml`: what stays of it in a Graph (the linear part is lowered by the importer). */
import { numberOf, numbersOf, stringsOf } from '../attributes';
import { addDims } from '../dims';
import type { Dim, DType, Node, ValueType } from '../types';
import type { Operator, OperatorContext } from './types';

const op = (name: string, doc: string, infer: Operator['infer']): Operator => ({
  ops: [name],
  domain: 'ai.onnx.ml',
  doc,
  infer,
});

/** Same shape, float32. */
const floats = (context: OperatorContext): (ValueType | undefined)[] => [{ dtype: 'float32', shape: context.shape(0) }];

const sameShape =
  (dtype: DType) =>
  (context: OperatorContext): (ValueType | undefined)[] => [{ dtype, shape: context.shape(0) }];

function rowsOf(context: OperatorContext): Dim {
  const shape = context.shape(0);
  if (shape === undefined) return context.fresh(0);
  return shape.length > 1 ? (shape[0] ?? 1) : 1;
}

/** Labels [rows] and scores [rows, classes]. */
function classifier(context: OperatorContext): (ValueType | undefined)[] {
  const rows = rowsOf(context);
  const strings = stringsOf(context.node, 'classlabels_strings');
  const labels =
    strings ?? numbersOf(context.node, 'classlabels_ints') ?? numbersOf(context.node, 'classlabels_int64s');
  return [
    { dtype: strings !== undefined && strings.length > 0 ? 'string' : 'int64', shape: [rows] },
    {
      dtype: 'float32',
      shape: [rows, labels === undefined || labels.length === 0 ? context.fresh(1, 1) : labels.length],
    },
  ];
}

const regressor =
  (targets: string) =>
  (context: OperatorContext): (ValueType | undefined)[] => [
    { dtype: 'float32', shape: [rowsOf(context), numberOf(context.node, targets, 1)] },
  ];

/** The dtype of the values a LabelEncoder maps to. */
function labelEncoderType(node: Node): DType {
  const kind = Object.keys(node.attributes).find((name) => name.startsWith('values_') || name === 'default_tensor');
  if (kind === undefined) return 'int64';
  if (kind === 'values_strings') return 'string';
  if (kind === 'values_floats') return 'float32';
  const attribute = node.attributes['values_tensor'];
  return attribute?.type === 'tensor' ? attribute.value.dtype : 'int64';
}

function oneHotEncoder(context: OperatorContext): (ValueType | undefined)[] {
  const categories = stringsOf(context.node, 'cats_strings') ?? numbersOf(context.node, 'cats_int64s');
  const shape = context.shape(0);
  if (shape === undefined) return [{ dtype: 'float32', shape: undefined }];
  return [{ dtype: 'float32', shape: [...shape, categories?.length ?? context.fresh(shape.length)] }];
}

function featureVectorizer(context: OperatorContext): (ValueType | undefined)[] {
  const sizes = numbersOf(context.node, 'inputdimensions');
  const width = context.node.inputs.reduce<Dim>(
    (sum, _, index) => addDims(sum, sizes?.[index] ?? context.shape(index)?.[1] ?? 1),
    0,
  );
  return [{ dtype: 'float32', shape: [rowsOf(context), width] }];
}

function arrayFeatureExtractor(context: OperatorContext): (ValueType | undefined)[] {
  const [type, indices] = [context.type(0), context.shape(1)];
  if (type === undefined) return [undefined];
  const picked = indices?.at(-1) ?? context.fresh(1);
  return [{ dtype: type.dtype, shape: [...(type.shape?.slice(0, -1) ?? [context.fresh(0)]), picked] }];
}

export const ml: readonly Operator[] = [
  op('LinearClassifier', 'Label and scores of a linear model.', classifier),
  op('SVMClassifier', 'Label and scores of a support vector machine.', classifier),
  op('TreeEnsembleClassifier', 'Label and scores of trees.', classifier),
  op('LinearRegressor', 'A linear model.', regressor('targets')),
  op('SVMRegressor', 'A support vector machine.', regressor('n_supports_is_ignored')),
  op('TreeEnsembleRegressor', 'Sums of tree leaves.', regressor('n_targets')),
  op('Scaler', '(x − offset)·scale per column.', floats),
  op('Normalizer', 'Rows divided by their norm.', floats),
  op('Imputer', 'Missing values replaced.', (context) => {
    const type = context.type(0);
    return [type === undefined ? undefined : { dtype: type.dtype, shape: type.shape }];
  }),
  op('Binarizer', '1 above a threshold, 0 elsewhere.', (context) => {
    const type = context.type(0);
    return [type === undefined ? undefined : { dtype: type.dtype, shape: type.shape }];
  }),
  op('OneHotEncoder', 'A new last axis with 1 at the category.', oneHotEncoder),
  op('LabelEncoder', 'Values mapped by a table.', (context) => sameShape(labelEncoderType(context.node))(context)),
  op('CategoryMapper', 'Strings to integers or back.', (context) =>
    sameShape(context.type(0)?.dtype === 'string' ? 'int64' : 'string')(context),
  ),
  op('FeatureVectorizer', 'Columns joined to one matrix.', featureVectorizer),
  op('ArrayFeatureExtractor', 'Columns picked by index.', arrayFeatureExtractor),
];
