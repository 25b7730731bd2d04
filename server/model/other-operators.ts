/** Operators that ONNX Runtime runs and the operator table says nothing about: forward only, shapes unknown. */
const core = `AffineGrid BlackmanWindow CenterCropPad Col2Im ConcatFromSequence DFT Det ImageDecoder MaxUnpool
  MelWeightMatrix Multinomial NegativeLogLikelihoodLoss NonMaxSuppression Optional OptionalGetElement
  OptionalHasElement STFT SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength
  SequenceMap SoftmaxCrossEntropyLoss SplitToSequence StringSplit Unique`;

const ml = `CastMap DictVectorizer TreeEnsemble ZipMap`;

const microsoft = `Attention BeamSearch BiasAdd BiasDropout BiasGelu BiasSplitGelu BiasSoftmax DecoderMaskedMultiHeadAttention
  DequantizeLinear DynamicQuantizeLSTM DynamicQuantizeMatMul EmbedLayerNormalization FastGelu FusedConv FusedGemm
  FusedMatMul Gelu GridSample GroupNorm GroupQueryAttention MatMulInteger16 MatMulIntegerToFloat MatMulNBits
  MultiHeadAttention NhwcConv NhwcMaxPool QAttention QEmbedLayerNormalization QGemm QLinearAdd QLinearAveragePool
  QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid
  QLinearSoftmax QLinearWhere QuantizeLinear QuickGelu Range RelativePositionBias RotaryEmbedding
  SkipLayerNormalization SkipSimplifiedLayerNormalization SimplifiedLayerNormalization Trilu`;

const named = (domain: string, list: string): string[] => list.split(/\s+/).map((op) => `${domain}:${op}`);

export const otherOperators: ReadonlySet<string> = new Set([
  ...named('', core),
  ...named('ai.onnx.ml', ml),
  ...named('com.microsoft', microsoft),
]);
