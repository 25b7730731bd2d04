/** Writes a model and a dataset into a workspace file, keeping its comments and its formatting. */
import { add, set } from './edits';
import { parseWorkspaceFile } from './parse';
import { problemError } from './problem';
import type { DatasetConfig, ModelConfig, WorkspaceFile } from './types';

export interface Proposal {
  readonly name: string;
  readonly model: ModelConfig;
  readonly dataset: DatasetConfig | null;
}

/** New content of the workspace file. Throws a UserError with the place when the existing one is invalid. */
export function propose(uri: string, existing: string | null, proposal: Proposal): string {
  if (existing === null || existing.trim() === '') return `${JSON.stringify(fresh(proposal), null, 2)}\n`;
  const { file, problems } = parseWorkspaceFile(existing);
  const broken = problems.find(({ severity }) => severity === 'error');
  if (file === null || broken !== undefined) throw problemError(uri, broken as (typeof problems)[number]);

  let text = existing.replace(/^\uFEFF/, '');
  const known = nameOfModel(file, proposal.model.path);
  const name = known ?? freeName(proposal.name, file);
  if (known === null) text = add(text, ['models'], name, proposal.model);
  if (proposal.dataset === null) return text;
  const dataset = { ...proposal.dataset, model: name };
  const at = (file.datasets ?? []).findIndex(({ files }) => files === dataset.files);
  if (file.datasets === undefined) return add(text, [], 'datasets', [dataset]);
  if (at === -1) return add(text, ['datasets'], null, dataset);
  for (const [key, value] of Object.entries(dataset)) text = set(text, ['datasets', at, key], value);
  return text;
}

function fresh({ name, model, dataset }: Proposal): WorkspaceFile {
  return { models: { [name]: model }, ...(dataset === null ? {} : { datasets: [{ ...dataset, model: name }] }) };
}

/** A model that is there already keeps its entry. */
function nameOfModel(file: WorkspaceFile, path: string): string | null {
  const plain = (written: string): string => written.replace(/^\.\//, '').replace(/\/$/, '');
  const entry = Object.entries(file.models ?? {}).find(([, model]) => plain(model.path) === plain(path));
  return entry?.[0] ?? null;
}

function freeName(wanted: string, file: WorkspaceFile): string {
  const taken = Object.keys(file.models ?? {});
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted}-${count}`;
  return name;
}
