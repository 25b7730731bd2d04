/** `model-blame counterfactual SAMPLE` */
import { extname } from 'node:path';
import type { CounterfactualResponse } from '../../protocol';
import type { Invocation } from '../types';
import { wrongUse } from '../options';
import { deliver, destination, terminalStyle } from '../output';
import { sampleRequest, withServices } from '../request';
import { whole } from './blame';

export async function counterfactual(invocation: Invocation): Promise<void> {
  const { command, values, io } = invocation;
  const out = values.one('out');
  const isCsv = out !== undefined && extname(out).toLowerCase() === '.csv';
  if (isCsv && values.one('format') !== undefined)
    throw wrongUse('--format contradicts the file’s ending', command, undefined, out);
  // The row itself is text; where it goes is all that `destination` decides.
  const asked = isCsv
    ? {
        ...values,
        one: (name: Parameters<typeof values.one>[0]) => (name === 'format' ? 'terminal' : values.one(name)),
      }
    : values;
  const to = destination(asked, command, io.cwd, ['terminal', 'json', 'png']);
  const sample = sampleRequest(invocation);
  const most = values.one('most') === undefined ? null : whole(values, 'most', 0, command);
  const answer = await withServices(io, values, (services, options) =>
    services.counterfactual(
      { ...sample, gold: values.one('gold') ?? null, most, engine: values.one('engine') ?? null },
      options,
    ),
  );
  const style = terminalStyle(values, io);
  const { counterfactualText, rowCsv } = await import('../../render/blameCounterfactual');
  if (to.file !== null) io.stdout.write(counterfactualText(answer, style));
  if (isCsv) {
    const row = rowCsv(answer.result);
    if (row === null) throw wrongUse('only rows and texts are written as .csv', command, undefined, out);
    await deliver(row, to, io, command);
    return;
  }
  switch (to.format) {
    case 'json':
      return deliver((await import('../../render/json')).resultJson(exported(answer, to.file)), to, io, command);
    case 'png': {
      if (answer.result.kind !== 'pixels') throw wrongUse('only pictures are written as .png', command, undefined, out);
      const { width, height, picture } = answer.result;
      const { encodePng } = await import('../../render/png');
      return deliver(await encodePng({ width, height, rgba: picture }), to, io, command);
    }
    default:
      return deliver(counterfactualText(answer, style), to, io, command);
  }
}

/** A file gets the new row alone, so that it can be used as one; standard output everything. */
function exported(answer: CounterfactualResponse, file: string | null): object {
  if (file === null) return answer;
  const { result } = answer;
  switch (result.kind) {
    case 'columns':
      return result.cells;
    case 'text':
      return result.cells ?? { text: result.text };
    case 'pixels':
    case 'elements':
      return answer;
  }
}
