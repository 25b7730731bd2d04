/** How blame is asked for: the class it should be, the error signal, its form, and what takes a removed feature's place. */
import { replacements } from '../../server/protocol/blame';
import type { ReplacementId } from '../../server/protocol/blame';
import type { BlameChoice } from '../../server/protocol/panel';
import { dropdown, field } from '../widgets/controls';
import { h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import type { Page, Part } from '../page';
import { blameChoice, shown } from '../state';
import { formNames, replacementNames, signalNames } from './words';

const amounts = [5, 10, 20, 50, 100];
/** A list longer than this is cut: gold and the likely classes are in it. */
const listedClasses = 40;

export function blameControls(page: Page): Part {
  const ask = (change: Partial<BlameChoice>): void => page.ask('blame', true, change);
  const gold = dropdown('Class it should be', (value) => ask({ gold: value === '' ? null : Number(value) }));
  const signal = dropdown('Error signal', (value) => ask({ signal: value as BlameChoice['signal'] }));
  const form = dropdown('Form', (value) => ask({ form: value as BlameChoice['form'] }));
  const replacement = dropdown('Replaced by', (value) =>
    ask({
      replacement: value === '' ? null : (value as ReplacementId),
      ...(value === 'baseline' ? {} : { baseline: null }),
    }),
  );
  const baseline = dropdown('Baseline of the replacement', (value) => ask({ baseline: value === '' ? null : value }));
  const remove = dropdown('Replace up to', (value) => ask({ remove: Number(value) }));
  const baselineField = field('Baseline', baseline.element);
  const element = h(
    'div',
    { class: 'fields', role: 'group', 'aria-label': 'How blame is computed and tested' },
    field('Should be', gold.element),
    field('Error signal', signal.element, 'wide'),
    field('Form', form.element),
    field('Replaced by', replacement.element, 'wide'),
    baselineField,
    field('Replace up to', remove.element),
  );
  return {
    element,
    update(panel) {
      const choice = blameChoice(panel);
      const result = shown(panel);
      const own = result?.gold ?? null;
      const scores = (result?.scores ?? []).filter(
        (score, index) => index < listedClasses || score.class === choice.gold,
      );
      const ownLabel =
        own === null ? 'choose…' : own.class === null ? `${inert(own.label)} (unknown)` : `${inert(own.label)} (gold)`;
      gold.set(
        [
          { value: '', label: ownLabel },
          ...scores
            .filter((score) => score.class !== own?.class)
            .map((score) => ({ value: String(score.class), label: inert(score.label) })),
        ],
        choice.gold === null || choice.gold === own?.class ? '' : String(choice.gold),
      );
      const used = panel.blame?.phase === 'done' ? panel.blame.result : null;
      const usedSignal = used === null ? null : signalNames[used.explanation.parameters['signal'] as Signal];
      signal.set(
        [{ value: 'auto', label: recommended(choice.signal === 'auto' ? usedSignal : null) }, ...named(signalNames)],
        choice.signal,
      );
      form.set(named(formNames), choice.form);
      const usedReplacement =
        used === null || choice.replacement !== null ? null : replacementNames[used.replacement.id];
      replacement.set(
        [
          { value: '', label: recommended(usedReplacement) },
          ...replacements.map((value) => ({ value, label: replacementNames[value] })),
        ],
        choice.replacement ?? '',
      );
      baselineField.hidden = choice.replacement !== 'baseline';
      baseline.set(
        [
          { value: '', label: 'default' },
          ...(panel.choices?.baselines ?? []).map((item) => ({ value: item.id, label: item.label })),
        ],
        choice.baseline ?? '',
      );
      const counts = amounts.includes(choice.remove) ? amounts : [...amounts, choice.remove].sort((a, b) => a - b);
      remove.set(
        counts.map((count) => ({ value: String(count), label: `${count} features` })),
        String(choice.remove),
      );
    },
  };
}

type Signal = keyof typeof signalNames;

/** The server's own choice, with what it was once it is known. */
function recommended(used: string | null | undefined): string {
  return used === null || used === undefined ? 'recommended' : `recommended (${used})`;
}

function named(names: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(names).map(([value, label]) => ({ value, label }));
}
