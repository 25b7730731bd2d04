/** Loads chosen models in the compute process, once for each state of their files. */
import { resolve } from 'node:path';
import { UserError } from '../errors';
import { inputPaths } from '../workspace/diagnose';
import { modelFacts } from '../workspace/facts';
import { confineData } from '../workspace/paths';
import { toUri } from '../workspace/uris';
import { classNames } from './classes';
import { fingerprint } from './state';
import type { Compute, ModelSource, ModelSummary } from '../compute/types';
import type { MethodChoice, ModelRef, Task, Warning } from '../protocol';
import type { ModelFacts } from '../workspace/facts';
import type { InputKind } from './addresses';
import type { ChosenModel } from './choose';

export interface LoadedModel {
  readonly chosen: ChosenModel;
  readonly source: ModelSource;
  readonly summary: ModelSummary;
  readonly facts: ModelFacts;
  readonly labels: readonly string[];
  readonly labelsArePlaceholders: boolean;
  readonly methods: readonly MethodChoice[];
  /** Changes when any file of the model changes. */
  readonly state: string;
}

export interface ModelLoader {
  load(chosen: ChosenModel, engine: string | null, signal?: AbortSignal): Promise<LoadedModel>;
  /** Forgets everything; the next request looks at the files again. */
  clear(): void;
}

interface Known {
  readonly state: string;
  /** State of the files the model's weights lie in, whatever their names. */
  readonly data: string;
  readonly summary: ModelSummary;
  readonly methods: readonly MethodChoice[];
  readonly facts: ModelFacts;
}

export function createModelLoader(compute: Compute): ModelLoader {
  const known = new Map<string, Known>();

  const lookUp = async (chosen: ChosenModel, source: ModelSource, signal?: AbortSignal): Promise<Known> => {
    const key = JSON.stringify(source);
    const state = await stateOf(chosen);
    const before = known.get(key);
    if (before?.state === state && before.data === (await stateOfAll(before.summary.dataFiles))) return before;
    const summary = await compute.load(source, signal === undefined ? {} : { signal });
    confineData(summary.dataFiles, chosen.policy);
    const methods = await compute.methods(source);
    const data = await stateOfAll(summary.dataFiles);
    const fresh = { state, data, summary, methods, facts: modelFacts(chosen.files) };
    known.set(key, fresh);
    return fresh;
  };

  return {
    async load(chosen, engine, signal) {
      const { output, shapes, fixed } = chosen.config ?? {};
      const given = { ...(shapes === undefined ? {} : { shapes }), ...(fixed === undefined ? {} : { fixed }) };
      const plain: ModelSource = {
        path: chosen.files.model,
        ...(output === undefined ? {} : { output }),
        ...(shapes === undefined && fixed === undefined ? {} : { given }),
        ...(chosen.task === undefined ? {} : { task: chosen.task }),
        engine: engine ?? chosen.config?.engine ?? null,
      };
      const asFile = await lookUp(chosen, plain, signal);
      const task = chosen.task === undefined ? otherTask(chosen, asFile) : null;
      const source = task === null ? plain : { ...plain, task };
      const found = task === null ? asFile : await lookUp(chosen, source, signal);
      const names = classNames(chosen, found.facts, found.summary);
      const state = `${found.state},${found.data}`;
      return { chosen, source, ...found, state, labels: names.labels, labelsArePlaceholders: names.placeholders };
    },
    clear: () => known.clear(),
  };
}

/** A task that files beside the model tell, and two names for one number: those of classes. Null: as it was read. */
function otherTask({ config }: ChosenModel, { facts, summary: { output } }: Known): Task | null {
  if (output.quantities !== true) return facts.task === 'regression' ? 'regression' : null;
  return output.classes === 1 && config?.labels?.length === 2 ? 'classification' : null;
}

/** Times and sizes of the model and of the files its input is made with. */
async function stateOf({ files, config, workspace }: ChosenModel): Promise<string> {
  const { config: configFile, tokenizer, preprocessor, vocabulary, labels } = files;
  const beside = [configFile, tokenizer, preprocessor, vocabulary, labels].filter((path) => path !== null);
  const named = (config === null ? [] : inputPaths(config)).flatMap(({ value }) =>
    value === undefined ? [] : [value],
  );
  const written = named.map((path) => resolve(workspace?.folder ?? '', path));
  return stateOfAll([files.model, ...beside, ...written]);
}

async function stateOfAll(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(fingerprint))).join();
}

export function modelRef(model: LoadedModel, kind: InputKind): ModelRef {
  const { activation, onlyProbabilities, quantities } = model.summary.output;
  const unit = quantities === true ? model.chosen.config?.unit : undefined;
  return {
    name: model.chosen.name,
    uri: toUri(model.chosen.files.model),
    hash: model.summary.hash,
    labels: model.labels,
    labelsArePlaceholders: model.labelsArePlaceholders,
    output:
      quantities === true
        ? 'quantities'
        : onlyProbabilities
          ? 'probabilities'
          : activation === 'none'
            ? 'logits'
            : activation,
    ...(unit === undefined ? {} : { unit }),
    inputKind: kind,
  };
}

/** What a person should know about the model itself. */
export function modelWarnings(model: LoadedModel): Warning[] {
  const { labels, labelsArePlaceholders, summary } = model;
  const { single, activation, onlyProbabilities, quantities } = summary.output;
  return [
    ...summary.notes.map((message) => ({ code: 'model-note', message })),
    ...(quantities !== true && labelsArePlaceholders && labels.length > 0
      ? [
          {
            code: 'placeholder-labels',
            message: `Class names are placeholders (${labels[0] ?? ''}, …): write "labels" into model-blame.json.`,
          },
          ...(single && activation === 'none' && !onlyProbabilities
            ? [
                {
                  code: 'one-number',
                  message:
                    `The model gives one number, read as the logit of “${labels[1] ?? ''}” against “${labels[0] ?? ''}”. ` +
                    'If it is a quantity: write "task": "regression" into model-blame.json, or --task regression on the command line.',
                },
              ]
            : []),
        ]
      : []),
  ];
}

/** The method asked for, or the one to begin with; throws a UserError for one that is unknown or does not fit. */
export function methodOf(model: LoadedModel, asked: string | null): MethodChoice {
  const { methods } = model;
  const first = methods.find(({ info }) => info.id === defaultMethod(model)) ?? methods[0];
  const choice = asked === null ? first : methods.find(({ info }) => info.id === asked);
  if (choice === undefined)
    throw new UserError('unknown-method', `There is no method "${asked ?? ''}".`, {
      next: `Methods: ${methods.map(({ info }) => info.id).join(', ')}.`,
    });
  if (choice.unfit !== null)
    throw new UserError('method-unfit', `${choice.info.name} cannot explain this model.`, {
      where: choice.unfit,
      next: `These work: ${methods
        .filter(({ unfit }) => unfit === null)
        .map(({ info }) => info.id)
        .join(', ')}.`,
    });
  return choice;
}

/** Complete where it works; occlusion needs nothing but the forward pass. */
export function defaultMethod({ methods }: LoadedModel): string {
  const fits = (id: string): boolean => methods.some(({ info, unfit }) => info.id === id && unfit === null);
  const preferred = ['integrated-gradients', 'gradient-x-input', 'occlusion'].find(fits);
  return preferred ?? methods.find(({ unfit }) => unfit === null)?.info.id ?? 'occlusion';
}
