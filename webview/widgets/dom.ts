/** Elements made safely: text is always text, never markup, and no `style` attribute (the page's CSP forbids it). */
import { pieces } from '../../server/render/text';
import { isPlain } from './inert';

export type Child = Node | string | null | false;
type Handler = (event: never) => void;
/** Attributes by name; `on…` takes a listener, `class` the class list; false, null and undefined leave one out. */
export type Props = Readonly<Record<string, string | number | boolean | Handler | null | undefined>>;

/** Makes an HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setProps(element, props);
  append(element, children);
  return element;
}

/** Makes an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setProps(element, props);
  append(element, children);
  return element;
}

/** Sets or removes attributes and adds listeners. */
export function setProps(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    if (name === 'style') throw new Error('use classes or element.style.setProperty');
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as unknown as EventListener);
    else if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Replaces an element's children. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false));
}

/**
 * Text of a dataset or a model, made inert: isolated from the direction of its surroundings, with symbols for
 * characters that would be invisible or act (control characters, bidirectional overrides, zero width).
 */
export function data(text: string, options: { readonly keepLayout?: boolean; readonly class?: string } = {}): Element {
  return h('bdi', { class: options.class ?? null }, ...dataNodes(text, options));
}

/** The nodes inside `data`, for a caller that isolates them itself. */
export function dataNodes(text: string, options: { readonly keepLayout?: boolean } = {}): Node[] {
  if (isPlain(text)) return [document.createTextNode(text)];
  return pieces(text, options).map((piece) =>
    piece.kind === 'plain'
      ? document.createTextNode(piece.text)
      : h('span', { class: 'symbol', title: piece.name }, piece.text),
  );
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== false) element.append(child);
}
