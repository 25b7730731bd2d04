/** The service behind `patterns`: predicts a dataset, explains what counts, and has it analysed in a process of its own. */
import { throwIfCancelled } from '../../errors';
import { analyseApart } from '../../patterns/process';
import { denseRows } from '../../patterns/rows';
import { flaggedFeatures } from '../../patterns/unusual';
import { shortcutsOf } from '../../workspace/shortcuts';
import { toPath } from '../../workspace/uris';
import { modelRef, modelWarnings } from '../load';
import { addressAt } from '../survey/parts';
import { chooseSamples } from './choose';
import { openDataset, predictAll } from './dataset';
import { explainMany } from './explainMany';
import type { Explained } from '../../patterns/types';
import type { PatternSample, PatternsRequest, PatternsResponse, Warning } from '../../protocol';
import type { Part } from '../survey/parts';
import type { RequestOptions } from '../types';
import type { Chosen } from './choose';
import type { Predicted, PredictedContext } from './dataset';
import type { ExplainedMany } from './explainMany';
import type { RelevanceContext } from './pieces';

export type PatternsContext = PredictedContext & RelevanceContext;

/** @throws UserError as `PatternsRequest` says. */
export async function patterns(
  context: PatternsContext,
  request: PatternsRequest,
  options: RequestOptions = {},
): Promise<PatternsResponse> {
  const began = performance.now();
  const { signal, progress } = options;
  const opened = await openDataset(context, request, options);
  const { model, parts, total } = opened;
  const predicted = await predictAll(context, opened, options);
  const chosen = chooseSamples(predicted, request, model.labels);
  const target = request.target ?? 'predicted';
  const classes = predicted[target];
  const wanted = chosen.indices.map((i) => ({
    position: predicted.positions[i] as number,
    class: classes[i] as number,
  }));
  const many = await explainMany(context, opened, wanted, request, options);
  const explained = explainedOf(predicted, classes, chosen, many);
  const { workspace } = model.chosen;
  const ofFile = workspace === null ? [] : shortcutsOf(workspace, request.uris.map(toPath));
  const flagged = [...new Set([...ofFile, ...(request.flagged ?? [])])];
  const { absent } = flaggedFeatures(explained, flagged);
  throwIfCancelled(signal);
  const found = await analyseApart(
    {
      explained,
      wish: {
        by: request.by,
        cells: chosen.cells,
        class: chosen.class,
        space: request.space ?? 'heatmaps',
        clusters: request.clusters ?? null,
        flagged,
        seed: request.seed ?? 0,
      },
    },
    {
      ...(signal === undefined ? {} : { signal }),
      ...(progress === undefined
        ? {}
        : { progress: (message, share) => progress(Math.round(100 * share), 100, message) }),
    },
  );
  const { gold } = predicted;
  return {
    model: modelRef(model, (parts[0] as Part).encoder.kind),
    method: many.method,
    parameters: many.parameters,
    cell: chosen.cell,
    class: chosen.class,
    target,
    total,
    labelled: gold.reduce((sum, own) => sum + (own >= 0 ? 1 : 0), 0),
    mistakes: gold.reduce((sum, own, i) => sum + (own >= 0 && own !== predicted.predicted[i] ? 1 : 0), 0),
    skipped: predicted.skipped,
    samples: chosen.indices.map((i, row): PatternSample => ({
      address: addressAt(parts, predicted.positions[i] as number),
      title: many.shown[row]?.title ?? '',
      text: many.shown[row]?.text ?? '',
      gold: (gold[i] as number) < 0 ? null : (gold[i] as number),
      predicted: predicted.predicted[i] as number,
      probability: predicted.probability[i] as number,
    })),
    kind: many.folded.kind,
    ...found,
    warnings: [
      ...modelWarnings(model),
      ...warningsOf(predicted, chosen),
      ...(request.by.includes('unusual') ? absentWarnings(absent, many.folded.kind) : []),
    ],
    milliseconds: performance.now() - began,
  };
}

function explainedOf(
  predicted: Predicted,
  classes: Int32Array,
  { indices }: Chosen,
  { folded, activations }: ExplainedMany,
): Explained {
  return {
    ...folded,
    classes: predicted.classes,
    predicted: Int32Array.from(indices, (i) => predicted.predicted[i] as number),
    gold: Int32Array.from(indices, (i) => predicted.gold[i] as number),
    own: Int32Array.from(indices, (i) => classes[i] as number),
    probability: Float32Array.from(indices, (i) => predicted.probability[i] as number),
    activations:
      activations === null
        ? null
        : { layer: activations.layer, rows: denseRows(activations.values, activations.width) },
  };
}

/** A flag is of a dataset: a cell of it may do without the feature. */
function absentWarnings(absent: readonly string[], kind: Explained['kind']): Warning[] {
  const form = kind === 'pixels' ? ' (regions are x,y,width,height in the model’s pixels)' : '';
  return absent.map((flag) => ({
    code: 'flag-absent',
    message: `None of the samples explained has the flagged feature “${flag}”${form}: nothing is listed for it.`,
  }));
}

function warningsOf({ skipped, reason, gold }: Predicted, { indices, scope }: Chosen): Warning[] {
  const warnings: Warning[] = [];
  if (indices.length < scope)
    warnings.push({
      code: 'not-all-explained',
      message: `Explained ${indices.length} of ${scope} samples: mistakes first, then a spread over the others, so that mistakes are over-represented in counts.`,
    });
  if (skipped > 0)
    warnings.push({ code: 'skipped', message: `${skipped} samples could not be read; the first: ${reason ?? ''}` });
  if (gold.every((own) => own < 0))
    warnings.push({
      code: 'no-gold',
      message: 'No sample has a gold label of the model’s classes: nothing counts as a mistake.',
    });
  return warnings;
}
