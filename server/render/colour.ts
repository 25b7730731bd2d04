/**
 * The diverging scale of relevance: red for, blue against, neutral at 0, symmetric about 0 in lightness, so that
 * equal amounts for and against look equally strong. Red and blue at these hues stay apart for people with protan,
 * deutan and tritan vision (tested). Built in OKLCh (Ottosson 2020, "A perceptual color space for image processing").
 * Pure; no Node, no DOM.
 */
import type { Target } from '../protocol';

/** sRGB, each 0…255. */
export type Rgb = readonly [number, number, number];

export type Theme = 'light' | 'dark' | 'highContrastLight' | 'highContrastDark';

interface Ends {
  /** OKLab lightness at 0 and at full strength. */
  readonly neutral: number;
  readonly full: number;
  readonly chroma: number;
}

const themes: Readonly<Record<Theme, Ends>> = {
  light: { neutral: 0.975, full: 0.5, chroma: 0.19 },
  dark: { neutral: 0.26, full: 0.7, chroma: 0.19 },
  highContrastLight: { neutral: 1, full: 0.42, chroma: 0.2 },
  highContrastDark: { neutral: 0, full: 0.76, chroma: 0.2 },
};
/** OKLCh hues, in degrees: vermilion-leaning red, azure-leaning blue. */
const hues = { for: 27, against: 255 };

/** Largest |R|: the scale's end on both sides. 0 when there is nothing. */
export function scaleLimit(relevance: Iterable<number>): number {
  let limit = 0;
  for (const value of relevance) limit = Math.max(limit, Math.abs(value));
  return limit;
}

/** Colour of a relevance on a scale −limit…limit; beyond it the end colours. A limit of 0 gives the neutral colour. */
export function diverging(value: number, limit: number, theme: Theme): Rgb {
  const share = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
  const { neutral, full, chroma } = themes[theme];
  const strength = Math.abs(share);
  const lightness = neutral + (full - neutral) * strength;
  return fromOklch(lightness, chroma * strength, share >= 0 ? hues.for : hues.against);
}

/** The neutral colour at 0: the background a heatmap fades into. */
export function neutral(theme: Theme): Rgb {
  return diverging(0, 1, theme);
}

/** Black or white, whichever reads better on a background: WCAG contrast of at least 4.5 on every colour. */
export function textOn(background: Rgb): Rgb {
  const black: Rgb = [0, 0, 0];
  const white: Rgb = [255, 255, 255];
  return contrast(black, background) >= contrast(white, background) ? black : white;
}

/** WCAG 2 contrast ratio of two colours, 1…21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** `#rrggbb`. */
export function hex(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The legend in words. Labels are dataset text: make them visible and escape them where they are shown. */
export interface Legend {
  readonly positive: string;
  readonly negative: string;
  /** `red: evidence for positive; blue: against`. */
  readonly text: string;
}

/** What red and blue mean for a target, in words. */
export function legend(target: Target): Legend {
  if (target.kind === 'contrast') {
    const positive = `evidence for ${target.label} rather than ${target.againstLabel}`;
    const negative = `for ${target.againstLabel}`;
    return { positive, negative, text: `red: ${positive}; blue: ${negative}` };
  }
  if (target.kind === 'blame') {
    const positive = `pushes away from ${target.label}`;
    return { positive, negative: 'towards it', text: `red: ${positive}; blue: towards it` };
  }
  if (target.kind === 'class' && target.scale === 'value') {
    const positive = `raises ${target.label}`;
    return { positive, negative: 'lowers it', text: `red: ${positive}; blue: lowers it` };
  }
  const rest = target.kind === 'contrastToRest' ? ' rather than all others' : '';
  const positive = `evidence for ${target.label}${rest}`;
  return { positive, negative: 'against', text: `red: ${positive}; blue: against` };
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => toLinear(part / 255));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function toLinear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function fromLinear(part: number): number {
  return part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055;
}

/** OKLCh to sRGB bytes; chroma is lowered until the colour is inside sRGB, so that lightness and hue are kept. */
function fromOklch(lightness: number, chroma: number, hue: number): Rgb {
  for (let c = chroma; ; c -= 0.005) {
    const linear = oklabToLinear(
      lightness,
      Math.max(0, c) * Math.cos((hue * Math.PI) / 180),
      Math.max(0, c) * Math.sin((hue * Math.PI) / 180),
    );
    if (c > 0 && linear.some((part) => part < -0.0005 || part > 1.0005)) continue;
    const [r, g, b] = linear.map((part) => Math.round(255 * fromLinear(Math.min(1, Math.max(0, part)))));
    return [r ?? 0, g ?? 0, b ?? 0];
  }
}

/** The published OKLab matrices. */
function oklabToLinear(lightness: number, a: number, b: number): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}
