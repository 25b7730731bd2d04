/** The interpreter: runs the steps of a plan, and disposes of every tensor after its last use. */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { Node, Value } from '../../graph/types';
import { runControl } from './control';
import { foldHere } from './kernels/folding';
import { fetch, isFloat, release, sharing } from './operands';
import type { Operand } from './operands';
import type { Plan, Step } from './plan';
import type { BackendName, KernelEntry } from './types';

export interface Run {
  readonly backend: BackendName;
  /** Called with every value that is made, for finding out where NaN came from. */
  readonly watch?: (node: Node, value: Value, operand: Operand) => Promise<void>;
}

/** Values by name; those of the surrounding graphs are found through `outer`. */
export interface Scope {
  readonly values: Map<Value, Operand>;
  readonly outer: Scope | null;
}

function lookUp(scope: Scope | null, value: Value): Operand | undefined {
  for (let at = scope; at !== null; at = at.outer) {
    const operand = at.values.get(value);
    if (operand !== undefined) return operand;
  }
  return undefined;
}

/**
 * Runs a plan once. Inputs stay the caller's, and so are the outputs, which share nothing with them.
 * @param outer Values that a body may read.
 */
export async function runPlan(
  plan: Plan,
  inputs: ReadonlyMap<Value, Operand>,
  run: Run,
  outer: Scope | null = null,
): Promise<Operand[]> {
  const constants: Scope = { values: plan.constants, outer };
  plan.fixed ??= await fixedValues(plan, constants, run);
  const given: Scope = { values: new Map(inputs), outer: { values: plan.fixed, outer: constants } };
  const scope: Scope = { values: new Map(), outer: given };
  try {
    for (const step of plan.steps) await runStep(step, scope, run);
    const outputs = plan.graph.outputs.map((value) => {
      const operand = lookUp(scope, value);
      if (operand === undefined) throw new Error(`output ${value} was not made`);
      return sharing(operand);
    });
    return outputs;
  } finally {
    for (const operand of scope.values.values()) release(operand);
  }
}

/** What depends on constants alone, computed at the first run and kept. */
async function fixedValues(plan: Plan, constants: Scope, run: Run): Promise<Map<Value, Operand>> {
  const scope: Scope = { values: new Map(), outer: constants };
  for (const step of plan.once) await runStep(step, scope, run);
  return scope.values;
}

async function runStep(step: Step, scope: Scope, run: Run): Promise<void> {
  const { node } = step;
  const inputs = node.inputs.map((value) => (value === '' ? undefined : lookUp(scope, value)));
  const results = await resultsOf(step, inputs, scope, run);
  for (const [index, value] of node.outputs.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    if (value === '') release(result);
    else {
      scope.values.set(value, result);
      if (run.watch !== undefined) await run.watch(node, value, result);
    }
  }
  for (const result of results.slice(node.outputs.length)) release(result);
  for (const value of step.frees) {
    const operand = scope.values.get(value);
    if (operand === undefined) continue;
    release(operand);
    scope.values.delete(value);
  }
}

async function resultsOf(
  step: Step,
  inputs: readonly (Operand | undefined)[],
  scope: Scope,
  run: Run,
): Promise<readonly Operand[]> {
  const { node, kernel } = step;
  try {
    const folded = foldHere(node, inputs);
    if (folded !== undefined) return folded;
    if (kernel === null) {
      const body = (name: string, given: ReadonlyMap<Value, Operand>): Promise<Operand[]> => {
        const plan = step.bodies[name];
        if (plan === undefined) throw new Error(`no body ${name}`);
        return runPlan(plan, given, run, scope);
      };
      return await runControl(node, inputs, step.bodies, body);
    }
    for (const index of readsOf(kernel, node, inputs)) {
      const input = inputs[index];
      if (input !== undefined && input.host === undefined) await fetch(input);
    }
    return runKernel(kernel, node, inputs, run.backend);
  } catch (error) {
    throw nodeError(error, node);
  }
}

function readsOf(kernel: KernelEntry, node: Node, inputs: readonly (Operand | undefined)[]): readonly number[] {
  if (kernel.reads === undefined) return [];
  if (typeof kernel.reads === 'function') return kernel.reads(node);
  if (kernel.reads === 'all') return [...inputs.keys()];
  if (kernel.reads !== 'integers') return kernel.reads;
  return [...inputs.keys()].filter((index) => {
    const input = inputs[index];
    return input !== undefined && !isFloat(input.dtype);
  });
}

/** Calls a kernel; what it made and does not return is disposed. */
function runKernel(
  entry: KernelEntry,
  node: Node,
  inputs: readonly (Operand | undefined)[],
  backend: BackendName,
): readonly Operand[] {
  const engine = tf.engine();
  engine.startScope(node.name);
  let kept: tf.Tensor[] = [];
  try {
    const returned = entry.kernel({ node, inputs, backend });
    const results = (Array.isArray(returned) ? returned : [returned]) as readonly Operand[];
    const own = results.map((result) => (isShared(result, inputs) ? sharing(result) : result));
    kept = own.flatMap((operand) => [...operand.forms.values()]);
    return own;
  } finally {
    engine.endScope(kept);
  }
}

/** True when an operand is an input, or has a tensor of one. */
function isShared(result: Operand, inputs: readonly (Operand | undefined)[]): boolean {
  const tensors = new Set(inputs.flatMap((input) => (input === undefined ? [] : [...input.forms.values()])));
  return inputs.includes(result) || [...result.forms.values()].some((tensor) => tensors.has(tensor));
}

function nodeError(error: unknown, node: Node): unknown {
  if (error instanceof UserError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const memory = /out of memory|allocation failed|memory access out of bounds|Aborted\(/i.test(message);
  if (memory)
    return new UserError('out-of-memory', 'There was not enough memory to run the model', {
      where: `node ${node.name} (${node.op})`,
      next: 'close other programs, or use a shorter text or a smaller picture',
      cause: error,
    });
  return new UserError('run-failed', `TensorFlow.js could not run the model: ${message.split('\n')[0] ?? ''}`, {
    where: `node ${node.name} (${node.op})`,
    next: 'check that the sample has the shape the model expects',
    cause: error,
  });
}
