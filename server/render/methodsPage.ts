/** The page of all methods, as Markdown: made from their own documentation, like the picker's texts. */
import { methodFamilies } from '../protocol/catalogue';
import type { MethodInfo, ParameterDefinition } from '../protocol';
import { familyTitles } from './families';

/** A composite or a rule of the LRP family, for the page. */
export interface LrpTables {
  readonly rules: Readonly<Record<string, { readonly share: string; readonly means: string }>>;
  readonly composites: Readonly<Record<string, { readonly means: string; readonly paper: string }>>;
}

/** Text of `docs/methods.md`, which `npm run docs` writes. */
export function methodsPage(infos: readonly MethodInfo[], lrp: LrpTables): string {
  const families = methodFamilies
    .map((family) => ({ family, methods: infos.filter((info) => info.family === family) }))
    .filter(({ methods }) => methods.length > 0);
  return [
    '# Attribution methods',
    '',
    '<!-- Made by `npm run docs` from the methods’ own documentation: edit server/explain/methods, not this page. -->',
    '',
    'What every method computes, what it needs, where it misleads and what it costs. `model-blame methods` prints the same',
    'in a terminal, and the picker of the panel shows it. Parameters are given as `--option name=value`.',
    '',
    ...overview(families.flatMap(({ methods }) => methods)),
    ...families.flatMap(({ family, methods }) => [
      `## ${familyTitles[family]}`,
      '',
      ...(family === 'propagation' ? [patents, ''] : []),
      ...methods.flatMap((info) => [...section(info), ...(info.id === 'lrp' ? lrpTables(lrp) : [])]),
    ]),
  ].join('\n');
}

const patents =
  '> Layer-wise relevance propagation and its kin are described as patented by some of their authors’ libraries. This page\n' +
  '> names the papers; whether that matters for what you do is yours to find out.';

function lrpTables({ rules, composites }: LrpTables): string[] {
  return [
    'Rules of linear layers, z = Σ a w + b; `R_j` is the sum over k of the share times `R_k`:',
    '',
    '| rule | share | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(rules).map(([name, { share, means }]) => `| \`${name}\` | ${cell(share)} | ${cell(means)} |`),
    '',
    'Composites, a rule for each layer:',
    '',
    '| composite | rules | paper |',
    '| --- | --- | --- |',
    ...Object.entries(composites).map(([name, one]) => `| \`${name}\` | ${cell(one.means)} | ${cell(one.paper)} |`),
    '',
    'One’s own are written in `model-blame.json`; `model-blame rules MODEL --composite NAME` shows what every node gets.',
    'Kinds that are left out get the rule `epsilon`; two rules for one node are an error; `name` takes `*` and `?`.',
    '',
    '```json',
    '{ "composites": { "mine": {',
    '    "rules": [ { "operator": "Conv", "until": 1, "rule": "box" }, { "name": "/head/*", "rule": "zero" } ],',
    '    "convolution": { "rule": "gamma", "gamma": 0.5 }, "dense": { "rule": "epsilon", "epsilon": 0.01 } } } }',
    '```',
    '',
  ];
}

function overview(infos: readonly MethodInfo[]): string[] {
  const rows = infos.map(({ id, name, cost }) => `| [${cell(name)}](#${anchor(name)}) | \`${id}\` | ${cell(cost)} |`);
  return ['| method | id | cost |', '| --- | --- | --- |', ...rows, ''];
}

function section(info: MethodInfo): string[] {
  const facts: readonly (readonly [string, string])[] = [
    ['Id', `\`${info.id}\``],
    ['Formula', `\`${info.formula.replaceAll('`', 'ʼ')}\``],
    ['Needs', plain(info.needs)],
    ['Misleads', plain(info.misleads)],
    ['Axioms', plain(info.axioms.join(', ') || 'none')],
    ['Cost', plain(info.cost)],
    ['Baseline', info.usesBaseline ? 'yes' : 'none'],
    ...(info.population === undefined ? [] : [['Samples of a dataset', `${info.population}`] as const]),
    ['Papers', plain(info.papers.join(' · '))],
  ];
  return [
    `### ${plain(info.name)}`,
    '',
    plain(info.means),
    '',
    ...facts.map(([name, text]) => `- **${name}:** ${text}`),
    '',
    ...parameters(info.parameters),
  ];
}

function parameters(definitions: readonly ParameterDefinition[]): string[] {
  if (definitions.length === 0) return [];
  const rows = definitions.map(({ name, default: value, description, ...definition }) => {
    const shown = value === '' ? '' : `\`${String(value)}\``;
    return `| \`${name}\` | ${shown} | ${valuesOf(definition)} | ${cell(description)} |`;
  });
  return ['| parameter | default | values | meaning |', '| --- | --- | --- | --- |', ...rows, ''];
}

function valuesOf({ type, choices, minimum, maximum }: Omit<ParameterDefinition, 'name' | 'default' | 'description'>) {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${type} from ${minimum}`;
  return maximum === undefined ? type : `${type} to ${maximum}`;
}

/** Characters that Markdown would take for its own. */
const plain = (text: string): string => text.replace(/[\\`*_<>[\]]/g, String.raw`\$&`);
const cell = (text: string): string => plain(text).replaceAll('|', String.raw`\|`);

/** As GitHub makes anchors of headings. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}
