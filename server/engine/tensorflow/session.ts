/** One Program, interpreted with TensorFlow.js ops. */
import { throwIfCancelled, UserError } from '../../errors';
import { bytesPerElement, sizeOf } from '../../graph/tensor';
import type { Graph, Tensor, Value } from '../../graph/types';
import type { Program } from '../../program/types';
import { badConstant, isFinite, isFloatValue, nonFiniteError, searchNonFinite } from '../finite';
import type { Culprit } from '../finite';
import type { Executable, Feeds } from '../types';
import { alone } from './alone';
import { isFloat, onHost, release, toTensor } from './operands';
import type { Operand } from './operands';
import { planOf } from './plan';
import type { Plan } from './plan';
import { runPlan } from './run';
import type { Run } from './run';
import type { BackendName } from './types';

export function compileProgram(program: Program, backend: BackendName): Executable {
  const { graph, key } = program;
  const plan = planOf(graph, `tensorflow/${backend}`);
  return {
    key,
    trace: program.trace,
    twins: program.twins,
    bytes: estimateBytes(graph),
    async run(feeds, signal) {
      throwIfCancelled(signal);
      return alone(backend, async () => {
        const outputs = await runOnce(plan, feeds, { backend });
        for (const [name, tensor] of Object.entries(outputs))
          if (!isFinite(tensor)) throw await nonFinite(program, plan, feeds, name, backend);
        return outputs;
      });
    },
    dispose() {
      void alone(backend, () => {
        disposePlan(plan);
        return Promise.resolve();
      });
    },
  };
}

/** One run; on WebGPU with the errors that TensorFlow.js leaves unseen. */
async function runOnce(plan: Plan, feeds: Feeds, run: Run): Promise<Record<string, Tensor>> {
  if (run.backend !== 'webgpu') return runHere(plan, feeds, run);
  const { withDeviceErrors } = await import('./webgpu');
  return withDeviceErrors(() => runHere(plan, feeds, run));
}

async function runHere(plan: Plan, feeds: Feeds, run: Run): Promise<Record<string, Tensor>> {
  const inputs = new Map(plan.graph.inputs.map((name) => [name, operandOf(plan.graph, name, feeds)] as const));
  let outputs: Operand[] = [];
  try {
    outputs = await runPlan(plan, inputs, run);
    const tensors = await Promise.all(outputs.map(toTensor));
    return Object.fromEntries(plan.graph.outputs.map((name, index) => [name, tensors[index] as Tensor]));
  } finally {
    for (const operand of [...inputs.values(), ...outputs]) release(operand);
  }
}

/** A feed whose sizes are those the model expects. */
function operandOf(graph: Graph, name: Value, feeds: Feeds): Operand {
  const tensor = feeds[name];
  if (tensor === undefined)
    throw new UserError('missing-feed', `The model needs input ${name}, which the sample does not give`, {
      next: `it needs ${graph.inputs.join(', ')}`,
    });
  if (sizeOf(tensor.dims) !== tensor.data.length)
    throw new UserError('bad-feed', `Input ${name} cannot be read as ${tensor.dtype} [${tensor.dims.join(', ')}]`);
  const shape = graph.types.get(name)?.shape;
  const wrong = shape?.findIndex((dim, axis) => typeof dim === 'number' && dim !== tensor.dims[axis]) ?? -1;
  if (shape !== undefined && (wrong >= 0 || shape.length !== tensor.dims.length))
    throw new UserError(
      'wrong-shape',
      `Input ${name} has [${tensor.dims.join(', ')}] where the model expects [${shape.join(', ')}]`,
      { next: 'check size, channels and layout of the input' },
    );
  return onHost(tensor);
}

function disposePlan(plan: Plan): void {
  for (const operand of [...plan.constants.values(), ...(plan.fixed?.values() ?? [])]) release(operand);
  plan.fixed = null;
  for (const { bodies } of [...plan.once, ...plan.steps]) Object.values(bodies).forEach(disposePlan);
}

/** Weights are there as they came, and as convolutions want them. */
function estimateBytes(graph: Graph): number {
  let bytes = 2 ** 20;
  for (const { dtype, dims } of graph.constants.values())
    if (dtype !== 'string') bytes += 2 * sizeOf(dims) * Math.min(4, bytesPerElement(dtype));
  return bytes;
}

/** The error for NaN or infinity: names the input that brought it, or the first node that made it. */
async function nonFinite(
  program: Program,
  plan: Plan,
  feeds: Feeds,
  output: string,
  backend: BackendName,
): Promise<Error> {
  const bad = Object.entries(feeds).find(([, tensor]) => !isFinite(tensor));
  if (bad !== undefined)
    return new UserError('non-finite-input', `The sample holds NaN or infinity in input ${bad[0]}`, {
      next: 'check the row, and the columns’ missing values',
    });
  return nonFiniteError(program, output, badConstant(plan.graph) ?? (await search(plan, feeds, backend)));
}

/** Runs again and looks at every value that is made. */
async function search(plan: Plan, feeds: Feeds, backend: BackendName): Promise<Culprit | null> {
  const own = searchNonFinite(plan.graph);
  const found: Culprit[] = [];
  const watch: Run['watch'] = async (node, value, operand) => {
    if (found.length > 0 || !isFloat(operand.dtype) || !isFloatValue(plan.graph, value)) return;
    const culprit = own.see(node, value, await toTensor(operand));
    if (culprit !== null) found.push(culprit);
  };
  await runOnce(plan, feeds, { backend, watch }).catch(() => ({}));
  return found[0] ?? own.end();
}
