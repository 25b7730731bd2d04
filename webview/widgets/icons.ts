/** Small 16 × 16 line icons, drawn in the text's colour. Always beside a name for screen readers. */
import { s } from './dom';

const paths = {
  pin: 'M5 2.5h6M6 2.5v5L4 9.5v1h8v-1l-2-2v-5M8 10.5V14',
  share: 'M8 10V2.5M5 5.2 8 2.4l3 2.8M3.5 8v5.5h9V8',
  warning: 'M8 2.2 14.2 13.5H1.8ZM8 6.3v3.6M8 11.2v1',
  error: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  info: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 7.2v4M8 4.6v1',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  down: 'M4 6.2 8 10.2l4-4',
  left: 'M10 4 6 8l4 4',
  right: 'M6 4l4 4-4 4',
  zoomIn: 'M8 3.5v9M3.5 8h9',
  zoomOut: 'M3.5 8h9',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  region:
    'M2.5 2.5h2M6.5 2.5h3M11.5 2.5h2v2M13.5 6.5v3M13.5 11.5v2h-2M9.5 13.5h-3M4.5 13.5h-2v-2M2.5 9.5v-3M2.5 4.5v-2',
  reload: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3',
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  return s(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    s('path', { d: paths[name] }),
  );
}
