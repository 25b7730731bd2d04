/** What is there to choose from for a sample: models, methods, baselines; and the export of a method's program. */
import { isAbsolute } from 'node:path';
import { UserError } from '../errors';
import { isPicture } from './addresses';
import { chooseModel, fittingModels, workspaceOf } from './choose';
import { withComposite } from './composites';
import { defaultMethod, methodOf } from './load';
import { encoderFor } from './prepare';
import { targetOf } from './quantities';
import type {
  ChoicesRequest,
  ChoicesResponse,
  ExportRequest,
  ExportResponse,
  ResolveRequest,
  ResolveResponse,
} from '../protocol';
import type { RawSample } from '../dataset/types';
import type { PredictContext } from './predict';

export async function resolve(context: PredictContext, request: ResolveRequest): Promise<ResolveResponse> {
  const { dataset } = await workspaceOf(context, request.address);
  const sample = await context.samples.sample(request.address, dataset);
  return { sample: sample.ref, models: await fittingModels(context, request.address) };
}

export async function choices(context: PredictContext, request: ChoicesRequest): Promise<ChoicesResponse> {
  const chosen = await chooseModel(context, request.address, request.model);
  const model = await context.loader.load(chosen, context.engine);
  const { encoder } = await encoderFor(context, model, request.address, kindOf(request.address));
  return {
    methods: model.methods,
    baselines: encoder.baselines,
    layers: model.summary.layers,
    defaultMethod: defaultMethod(model),
    defaultBaseline: encoder.baselines[0]?.id ?? '',
  };
}

export async function exportProgram(context: PredictContext, request: ExportRequest): Promise<ExportResponse> {
  if (!isAbsolute(request.path))
    throw new UserError('relative-path', 'The file to write needs a full path.', { where: request.path });
  const chosen = await chooseModel(context, { kind: 'text', text: '' }, request.model);
  const model = await context.loader.load(chosen, context.engine);
  const { info } = methodOf(model, request.method);
  const target = targetOf(model, request.target);
  const parameters = withComposite(request.parameters ?? {}, chosen.workspace);
  const { source, labels } = model;
  const bytes = await context.compute.exportProgram(source, info.id, parameters, target, labels, request.path);
  return { path: request.path, bytes };
}

/** Kind of sample at an address, without reading it. */
function kindOf(address: ChoicesRequest['address']): RawSample['kind'] {
  switch (address.kind) {
    case 'line':
    case 'record':
      return 'record';
    case 'selection':
    case 'text':
      return 'text';
    case 'tensors':
      return 'tensors';
    case 'file':
      if (isPicture(address.uri)) return 'picture';
      return address.uri.toLowerCase().endsWith('.npy') ? 'tensors' : 'text';
  }
}
