/**
 * The LRP family against the reference files of the innvestigate library. Biases are 0 there, so nothing is proved
 * about them. The box rule's bounds are ±10, the presets' ε is 0.1.
 */
import { f32 } from '../../../server/graph/tensor';
import { compared, LAYERS } from './innvestigate';

const filled = (value: number) => f32(new Float32Array(300).fill(value), [1, 10, 10, 3]);
const box = { sample: { bounds: { x: { low: filled(-10), high: filled(10) } } } };

const one = (file: string, title: string, parameters: Record<string, number | string | boolean>, options = {}): void =>
  compared(LAYERS, title, file, 'lrp', parameters, options);

one('LRPZ', 'LRP-0', { rule: 'zero' });
one('LRPZIgnoreBias', 'LRP-0, bias ignored', { rule: 'zero', bias: 'ignore' });
one('LRPEpsilon', 'LRP-ε', { rule: 'epsilon', epsilon: 1e-7 });
one('LRPEpsilonIgnoreBias', 'LRP-ε, bias ignored', { rule: 'epsilon', epsilon: 1e-7, bias: 'ignore' });
one('LRPAlpha1Beta0', 'LRP-α1β0', { rule: 'alphaBeta', alpha: 1, beta: 0 });
one('LRPAlpha1Beta0IgnoreBias', 'LRP-α1β0, bias ignored', { rule: 'alphaBeta', alpha: 1, beta: 0, bias: 'ignore' });
one('LRPAlpha2Beta1IgnoreBias', 'LRP-α2β1, bias ignored', { rule: 'alphaBeta', alpha: 2, beta: 1, bias: 'ignore' });
one('LRPZPlus', 'z⁺', { rule: 'zPlus' });
one('LRPZPlusFast', 'z⁺ (fast form)', { rule: 'zPlus' });
one('LRPFlat', 'flat', { rule: 'flat' });
one('LRPZ_Flat_input_layer_rule', 'LRP-0, flat at the input', { rule: 'zero', inputRule: 'flat' });
one('LRPZ_boxed_input_layer_rule', 'LRP-0, box at the input', { rule: 'zero', inputRule: 'box' }, box);
one('LRPSequentialPresetA', 'preset A', { composite: 'presetA' });
one('LRPSequentialPresetAFlat', 'preset A, flat', { composite: 'presetAFlat' });
one('LRPSequentialPresetBFlat', 'preset B, flat', { composite: 'presetBFlat' });
// No rule of its own at the input there, and average pooling is spread evenly.
compared(LAYERS, 'deep Taylor', 'DeepTaylor', 'deep-taylor', { input: 'zPlus', pooling: 'flat' });
