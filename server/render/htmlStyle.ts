/** The report's style sheet: light and dark by what the reader's system prefers; relevance as classes. */
import { diverging, hex, textOn } from './colour';
import type { Theme } from './colour';

/** Relevance is shown in this many steps on either side of 0: classes `r-20` … `r20`. */
export const steps = 20;

/** Class of a relevance on a scale −limit…limit. */
export function stepClass(value: number, limit: number): string {
  const step = limit > 0 ? Math.round((Math.max(-limit, Math.min(limit, value)) / limit) * steps) : 0;
  return `r${step}`;
}

export function styleSheet(): string {
  return `${base}
${relevance('light')}
@media (prefers-color-scheme: dark) {
:root { color-scheme: dark; --ground: #1b1b1b; --ink: #e4e4e4; --soft: #a3a3a3; --line: #454545; --warn: #d9a53a; }
${relevance('dark')}
}`;
}

function relevance(theme: Theme): string {
  const rules: string[] = [];
  for (let step = -steps; step <= steps; step++) {
    if (step === 0) continue;
    const colour = diverging(step, steps, theme);
    const name = `r${step < 0 ? `\\-${-step}` : step}`;
    rules.push(`.${name} { background: ${hex(colour)}; color: ${hex(textOn(colour))}; fill: ${hex(colour)}; }`);
  }
  rules.push(`.for { fill: ${hex(diverging(1, 1, theme))}; } .against { fill: ${hex(diverging(-1, 1, theme))}; }`);
  return rules.join('\n');
}

const base = `:root { color-scheme: light; --ground: #ffffff; --ink: #1f1f1f; --soft: #5c5c5c; --line: #d0d0d0; --warn: #8a5a00; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; border-bottom: 1px solid var(--line); }
.soft, figcaption, dt { color: var(--soft); }
table { border-collapse: collapse; } td, th { padding: .1rem .75rem .1rem 0; text-align: left; vertical-align: middle; font-weight: normal; overflow-wrap: anywhere; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.top th, tr.top td { font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9; font-family: ui-monospace, Consolas, Menlo, monospace; font-size: 14px; border: 1px solid var(--line); border-radius: 4px; padding: .75rem 1rem; }
.t { border-radius: 3px; padding: .1em 0; unicode-bidi: isolate; }
.t.minus { text-decoration: underline dotted; text-underline-offset: 3px; }
.gap { unicode-bidi: isolate; } .unread, .special { color: var(--soft); }
.special { font-size: .85em; } .s { outline: 1px dotted currentColor; border-radius: 2px; font-size: .85em; }
.account { font-size: 1.05rem; font-weight: 600; }
.warn { border-left: 4px solid var(--warn); padding: .25rem .75rem; margin: .5rem 0; }
.pictures, .charts { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; } .charts figure { width: 268px; } figcaption { font-size: .9em; }
.pictures img { image-rendering: pixelated; width: 256px; height: auto; border: 1px solid var(--line); }
.bar { fill: var(--soft); } .axis { stroke: var(--ink); } .grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 11px; }
.curve { fill: none; stroke: var(--ink); stroke-width: 2; }
.key { display: inline-block; width: 1em; height: 1em; border-radius: 3px; vertical-align: -.15em; margin-right: .3em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; } dd { margin: 0; overflow-wrap: anywhere; }
svg { display: block; } code { font-family: ui-monospace, Consolas, Menlo, monospace; }`;
