/** Where a picture stands on its stage: zoom and pan. Pure; all lengths in CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Viewport {
  /** CSS pixels per picture pixel. */
  readonly scale: number;
  /** Stage position of the picture's top left corner. */
  readonly x: number;
  readonly y: number;
}

export interface Pixel {
  readonly u: number;
  readonly v: number;
}

const largest = 64;

/** The whole picture, centred; whole multiples where it is enlarged, so that all pixels look equally big. */
export function fit(stage: Size, picture: Size): Viewport {
  const exact = Math.min(stage.width / picture.width, stage.height / picture.height);
  const scale = Math.min(largest, exact >= 2 ? Math.floor(exact) : exact);
  return centred(scale, stage, picture);
}

/** Zooms by a factor; the picture point under (x, y) stays where it is. */
export function zoomAt(view: Viewport, factor: number, x: number, y: number, stage: Size, picture: Size): Viewport {
  const smallest = Math.min(fit(stage, picture).scale, 1);
  const scale = Math.max(smallest, Math.min(largest, view.scale * factor));
  const ratio = scale / view.scale;
  return contained({ scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio }, stage, picture);
}

/** Moves the picture; it cannot be lost beyond the stage's edge. */
export function pan(view: Viewport, dx: number, dy: number, stage: Size, picture: Size): Viewport {
  return contained({ ...view, x: view.x + dx, y: view.y + dy }, stage, picture);
}

/** Moves the picture just as far as needed to see a pixel. */
export function reveal(view: Viewport, pixel: Pixel, stage: Size, picture: Size): Viewport {
  const left = view.x + pixel.u * view.scale;
  const top = view.y + pixel.v * view.scale;
  const dx = left < 0 ? -left : Math.min(0, stage.width - (left + view.scale));
  const dy = top < 0 ? -top : Math.min(0, stage.height - (top + view.scale));
  return pan(view, dx, dy, stage, picture);
}

/** The picture pixel at a stage position; null outside the picture. */
export function pixelAt(view: Viewport, x: number, y: number, picture: Size): Pixel | null {
  const u = Math.floor((x - view.x) / view.scale);
  const v = Math.floor((y - view.y) / view.scale);
  return u >= 0 && v >= 0 && u < picture.width && v < picture.height ? { u, v } : null;
}

/** The nearest picture pixel to a stage position. */
export function nearestPixel(view: Viewport, x: number, y: number, picture: Size): Pixel {
  return clampPixel({ u: Math.floor((x - view.x) / view.scale), v: Math.floor((y - view.y) / view.scale) }, picture);
}

export function clampPixel(pixel: Pixel, picture: Size): Pixel {
  return {
    u: Math.max(0, Math.min(picture.width - 1, pixel.u)),
    v: Math.max(0, Math.min(picture.height - 1, pixel.v)),
  };
}

function centred(scale: number, stage: Size, picture: Size): Viewport {
  return { scale, x: (stage.width - picture.width * scale) / 2, y: (stage.height - picture.height * scale) / 2 };
}

function contained(view: Viewport, stage: Size, picture: Size): Viewport {
  return {
    scale: view.scale,
    x: within(view.x, stage.width, picture.width * view.scale),
    y: within(view.y, stage.height, picture.height * view.scale),
  };
}

/** Centred when smaller than the stage, else without a gap at either end. */
function within(position: number, stage: number, extent: number): number {
  if (extent <= stage) return (stage - extent) / 2;
  return Math.max(stage - extent, Math.min(0, position));
}
