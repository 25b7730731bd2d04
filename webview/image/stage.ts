/** The canvas a picture stands on: zoom, pan, crosshair and region, by mouse and by keyboard. */
import { h } from '../widgets/dom';
import type { Region } from './region';
import type { Pixel, Size, Viewport } from './viewport';
import { clampPixel, fit, nearestPixel, pan, pixelAt, reveal, zoomAt } from './viewport';

export interface StageEvents {
  /** The pixel under the mouse, or under the crosshair when the mouse is elsewhere. */
  onPoint(pixel: Pixel | null, byKeyboard: boolean): void;
  onActivate(pixel: Pixel): void;
  onRegion(region: Region | null): void;
  onEscape(): void;
}

export interface Stage {
  readonly element: HTMLElement;
  setPicture(pixels: Uint8ClampedArray, size: Size): void;
  zoom(factor: number): void;
  fit(): void;
  /** With `true`, dragging selects a region; otherwise it moves the picture. */
  selectRegions(on: boolean): void;
  clearRegion(): void;
  redraw(): void;
}

const dragThreshold = 3;
const wheelSpeed = 0.0018;

export function stage(label: string, events: StageEvents): Stage {
  const canvas = h('canvas', { class: 'stage', tabindex: 0, role: 'application', 'aria-label': label });
  const buffer = document.createElement('canvas');
  let picture: Size = { width: 1, height: 1 };
  let size: Size = { width: 0, height: 0 };
  let view: Viewport = { scale: 1, x: 0, y: 0 };
  let fitted = true;
  let crosshair: Pixel | null = null;
  let region: Region | null = null;
  let selecting = false;
  let corner: Pixel | null = null;
  let pending = 0;

  const observer = new ResizeObserver(() => layout());
  observer.observe(canvas);

  function layout(): void {
    const width = canvas.clientWidth;
    if (width === 0) return;
    const room = Math.max(180, Math.min(560, window.innerHeight * 0.62));
    const whole = fit({ width, height: room }, picture);
    const height = Math.round(Math.max(160, picture.height * whole.scale));
    canvas.style.setProperty('height', `${height}px`);
    const changed = size.width !== width || size.height !== height;
    size = { width, height };
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    view = fitted ? fit(size, picture) : changed ? pan(view, 0, 0, size, picture) : view;
    draw();
  }
  function redraw(): void {
    if (pending === 0) pending = requestAnimationFrame(draw);
  }
  function draw(): void {
    if (pending !== 0) cancelAnimationFrame(pending);
    pending = 0;
    const context = canvas.getContext('2d');
    if (context === null || size.width === 0) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    context.imageSmoothingEnabled = view.scale < 1;
    context.drawImage(buffer, view.x, view.y, picture.width * view.scale, picture.height * view.scale);
    if (region !== null) drawRegion(context, region);
    if (crosshair !== null) drawCrosshair(context, crosshair);
  }
  function drawCrosshair(context: CanvasRenderingContext2D, pixel: Pixel): void {
    const extent = Math.max(7, view.scale);
    const x = view.x + (pixel.u + 0.5) * view.scale - extent / 2;
    const y = view.y + (pixel.v + 0.5) * view.scale - extent / 2;
    context.setLineDash([]);
    outline(context, x, y, extent, extent);
  }
  function drawRegion(context: CanvasRenderingContext2D, box: Region): void {
    const left = Math.min(box.from.u, box.to.u);
    const top = Math.min(box.from.v, box.to.v);
    const width = (Math.abs(box.from.u - box.to.u) + 1) * view.scale;
    const height = (Math.abs(box.from.v - box.to.v) + 1) * view.scale;
    outline(context, view.x + left * view.scale, view.y + top * view.scale, width, height);
  }
  /** Dark and light, so that it is seen on any picture. */
  function outline(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
    context.lineWidth = 3;
    context.strokeStyle = 'rgba(0, 0, 0, 0.75)';
    context.strokeRect(x, y, width, height);
    context.lineWidth = 1;
    context.strokeStyle = '#ffffff';
    context.strokeRect(x, y, width, height);
  }

  // #region mouse
  let drag: {
    readonly x: number;
    readonly y: number;
    moved: boolean;
    readonly region: boolean;
    readonly start: Pixel;
  } | null = null;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const { offsetX: x, offsetY: y } = event;
    drag = { x, y, moved: false, region: selecting || event.shiftKey, start: nearestPixel(view, x, y, picture) };
  });
  canvas.addEventListener('pointermove', (event) => {
    const { offsetX: x, offsetY: y } = event;
    if (drag === null) {
      events.onPoint(pixelAt(view, x, y, picture) ?? crosshair, false);
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < dragThreshold) return;
    drag.moved = true;
    if (drag.region) setRegion({ from: drag.start, to: nearestPixel(view, x, y, picture) });
    else {
      view = pan(view, event.movementX, event.movementY, size, picture);
      fitted = false;
      redraw();
    }
  });
  canvas.addEventListener('pointerup', (event) => {
    const clicked = drag !== null && !drag.moved;
    drag = null;
    const pixel = pixelAt(view, event.offsetX, event.offsetY, picture);
    if (!clicked || pixel === null) return;
    moveTo(pixel, false);
    events.onActivate(pixel);
  });
  canvas.addEventListener('pointercancel', () => (drag = null));
  canvas.addEventListener('pointerleave', () => events.onPoint(crosshair, false));
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const speed = event.deltaMode === 0 ? wheelSpeed : wheelSpeed * 16;
      zoomTo(Math.exp(-event.deltaY * speed), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  // #endregion
  // #region keyboard
  canvas.addEventListener('keydown', (event) => {
    const step = event.shiftKey ? 10 : 1;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      const from = crosshair ?? { u: Math.floor(picture.width / 2), v: Math.floor(picture.height / 2) };
      const [du, dv] = crosshair === null ? [0, 0] : move;
      moveTo(clampPixel({ u: from.u + du, v: from.v + dv }, picture), true);
    } else if (event.key === '+' || event.key === '=') zoomTo(1.5);
    else if (event.key === '-') zoomTo(1 / 1.5);
    else if (event.key === '0') fitAgain();
    else if (event.key === 'Enter' && crosshair !== null) events.onActivate(crosshair);
    else if (event.key === ' ' && crosshair !== null) {
      corner = corner === null ? crosshair : null;
      if (corner !== null) setRegion({ from: corner, to: crosshair });
    } else if (event.key === 'Escape') {
      if (region === null) events.onEscape();
      else clearRegion();
    } else return;
    event.preventDefault();
  });
  // #endregion

  function moveTo(pixel: Pixel, byKeyboard: boolean): void {
    crosshair = pixel;
    view = reveal(view, pixel, size, picture);
    if (corner !== null) setRegion({ from: corner, to: pixel });
    events.onPoint(pixel, byKeyboard);
    redraw();
  }
  function setRegion(next: Region): void {
    region = next;
    events.onRegion(region);
    redraw();
  }
  function clearRegion(): void {
    region = corner = null;
    events.onRegion(null);
    redraw();
  }
  function zoomTo(factor: number, x?: number, y?: number): void {
    const middle = crosshair ?? { u: picture.width / 2, v: picture.height / 2 };
    const cx = x ?? view.x + middle.u * view.scale;
    const cy = y ?? view.y + middle.v * view.scale;
    view = zoomAt(view, factor, cx, cy, size, picture);
    fitted = false;
    redraw();
  }
  function fitAgain(): void {
    fitted = true;
    view = fit(size, picture);
    redraw();
  }
  function setPicture(pixels: Uint8ClampedArray, next: Size): void {
    const other = next.width !== picture.width || next.height !== picture.height;
    picture = next;
    if (other) {
      buffer.width = next.width;
      buffer.height = next.height;
      fitted = true;
      crosshair = region = corner = null;
    }
    const copy = new Uint8ClampedArray(pixels);
    buffer.getContext('2d')?.putImageData(new ImageData(copy, next.width, next.height), 0, 0);
    if (other) layout();
    else redraw();
  }
  return {
    element: canvas,
    setPicture,
    zoom: (factor) => zoomTo(factor),
    fit: fitAgain,
    selectRegions(on) {
      selecting = on;
      canvas.classList.toggle('selecting', on);
    },
    clearRegion,
    redraw,
  };
}
