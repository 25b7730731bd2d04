/** Geometry of the map: a lasso around points, the nearest point in a direction. Pure. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Even-odd rule: whether a point lies inside a closed polygon. */
export function inside(polygon: readonly Point[], { x, y }: Point): boolean {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [a, b] = [polygon[i] as Point, polygon[j] as Point];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) within = !within;
  }
  return within;
}

/** Index of the point nearest to a place, within a distance; null where there is none. */
export function nearest(points: readonly Point[], to: Point, within = Infinity): number | null {
  let [best, least]: [number | null, number] = [null, within];
  points.forEach((point, i) => {
    const distance = Math.hypot(point.x - to.x, point.y - to.y);
    if (distance <= least) [best, least] = [i, distance];
  });
  return best;
}

/** The point that an arrow key moves to: near, and more that way than sideways. Stays where there is none. */
export function towards(points: readonly Point[], from: number, direction: Point): number {
  const start = points[from];
  if (start === undefined) return from;
  let [best, least] = [from, Infinity];
  points.forEach((point, i) => {
    const [dx, dy] = [point.x - start.x, point.y - start.y];
    const along = dx * direction.x + dy * direction.y;
    const across = Math.abs(dx * direction.y - dy * direction.x);
    if (i === from || along <= 0 || across > along) return;
    const cost = along + 2 * across;
    if (cost < least) [best, least] = [i, cost];
  });
  return best;
}
