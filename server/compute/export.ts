/** A method's program as a plain ONNX file that runs in any stock ONNX Runtime. */
import { writeFile } from 'node:fs/promises';
import { UserError } from '../errors';
import { methodById } from '../explain/methods';
import { resolveParameters } from '../explain/parameters';
import { resolveTarget } from '../explain/targets';
import type { ResolvedTarget } from '../explain/types';
import { f32 } from '../graph/tensor';
import type { Graph } from '../graph/types';
import { writeOnnx } from '../graph/onnx/write';
import type { Model } from '../model/types';
import { compileProgram } from '../program/compile';
import { names } from '../program/types';
import type { ProgramSpec } from '../program/types';
import type { Parameters, TargetRequest } from '../protocol';
import { refuseMaps } from './attribute';

/**
 * Writes the program with its weights inside. Relevance programs take the model's own inputs (embedding and all),
 * path programs `sample/…`, `baseline/…`, `alpha` and `weight`; DeepLIFT's also `reference/…`. The seed is an input that may be left out when a
 * class was named: then it is that target's. Parameters that are no part of the program (steps, draws, seeds: they are in
 * what it is fed) stand in the metadata.
 * @returns Size in bytes.
 */
export async function exportMethod(
  model: Model,
  methodId: string,
  given: Parameters,
  request: TargetRequest,
  labels: readonly string[],
  path: string,
): Promise<number> {
  refuseMaps(model);
  const method = methodById(methodId);
  const reason = method.unfit(model);
  if (reason !== null)
    throw new UserError('method-unfit', `${method.info.name} cannot be exported for this model`, { where: reason });
  if (typeof method.exports === 'object')
    throw new UserError('no-export', `${method.info.name} is no single program`, {
      where: method.exports.because,
      next: 'export gradient or integrated-gradients, the programs it is made of',
    });
  const parameters = resolveParameters(method.info, given);
  const target = exportedTarget(model, request, labels);
  // Words carry relevance, masks beside them do not: as an entry a mask would be half of every product with it.
  const words = model.entries.filter(({ kind }) => kind === 'embedding');
  const entries = words.length > 0 ? words : model.entries;
  const spec: ProgramSpec = {
    kind: method.exports,
    head: target.resolved?.head ?? 'linear',
    rules: 'gradient',
    ...method.exportRules?.(model, parameters),
    entries,
  };
  const program = compileProgram(model, spec);
  const whole =
    spec.kind === 'relevance'
      ? withEntries(program.graph, compileProgram(model, { ...spec, kind: 'entries', entries }).graph)
      : program.graph;
  const graph = target.resolved === null ? whole : withDefaultSeed(whole, target.resolved.seed);
  const bytes = writeOnnx(graph, {
    metadata: {
      'model-blame.method': method.info.id,
      'model-blame.formula': method.info.formula,
      'model-blame.target': target.description,
      'model-blame.head': spec.head,
      // A file outlives the defaults it was made with.
      'model-blame.parameters': JSON.stringify(parameters),
      'model-blame.rules': JSON.stringify({ rules: spec.rules, options: spec.options ?? {} }),
      'model-blame.relevance': meaningOf(spec),
      'model-blame.seed': 'weights over the classes: 1 at the class to explain; [1, classes] or one row per sample',
      'model-blame.classes': JSON.stringify(labels),
      'model-blame.program': program.key,
      'model-blame.model': model.hash,
    },
  });
  await writeFile(path, bytes);
  return bytes.length;
}

/** What the outputs `relevance/…` hold, and what is left to do with them. */
function meaningOf({ kind, rules }: ProgramSpec): string {
  if (kind === 'forward') return 'none: the scores alone';
  if (kind === 'path') return 'relevance, (x − x′) ⊙ Σ weight · ∂S/∂x over the rows';
  switch (rules) {
    case 'gradient':
      return '∂S/∂x at the entry; model-blame.formula says what to make of it';
    case 'deeplift':
      return 'multipliers m: relevance is m ⊙ (x − reference)';
    case 'attnlrp':
      return 'R/x: relevance is x ⊙ this, x the value of the entry';
    default:
      return 'relevance';
  }
}

interface ExportedTarget {
  /** Null when the class depends on the sample. */
  readonly resolved: ResolvedTarget | null;
  readonly description: string;
}

function exportedTarget(model: Model, request: TargetRequest, labels: readonly string[]): ExportedTarget {
  const { classes, single } = model.output;
  if (request.kind === 'predicted' || classes === null) return { resolved: null, description: 'given by the seed' };
  const { target, resolved } = resolveTarget(request, new Float32Array(single ? 1 : classes), model.output, labels);
  return { resolved, description: JSON.stringify(target) };
}

/** One graph from model inputs to relevance. Both parts come from one model, so equal names are equal nodes. */
function withEntries(program: Graph, entries: Graph): Graph {
  const known = new Set(program.nodes.map((node) => node.name));
  const made = new Set(entries.nodes.flatMap((node) => node.outputs));
  const inputs = [...new Set([...entries.inputs, ...program.inputs.filter((input) => !made.has(input))])];
  return {
    ...program,
    inputs,
    nodes: [...entries.nodes.filter((node) => !known.has(node.name)), ...program.nodes],
    constants: new Map([...entries.constants, ...program.constants]),
    types: new Map([...entries.types, ...program.types]),
  };
}

/** An input with an initializer of the same name is one that may be left out. */
function withDefaultSeed(graph: Graph, seed: Float32Array): Graph {
  return {
    ...graph,
    constants: new Map([...graph.constants, [names.seed, f32(seed, [1, seed.length])]]),
    types: new Map([...graph.types, [names.seed, { dtype: 'float32', shape: ['seeds', seed.length] }]]),
  };
}
