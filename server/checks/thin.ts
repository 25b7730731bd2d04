/** A bounded choice from a stream of unknown length. */

/**
 * At most `most` items, spread evenly over the whole stream, the same ones each time. Holds at most twice as many:
 * when it would hold more, every second one is dropped and from then on only every 2nd, 4th, … is taken.
 */
export async function thin<Item>(
  items: AsyncIterable<Item>,
  most: number,
): Promise<{ readonly chosen: readonly Item[]; readonly total: number }> {
  let kept: Item[] = [];
  let stride = 1;
  let total = 0;
  for await (const item of items) {
    if (total % stride === 0) kept.push(item);
    total += 1;
    if (kept.length <= 2 * most) continue;
    kept = kept.filter((_, index) => index % 2 === 0);
    stride *= 2;
  }
  if (kept.length <= most) return { chosen: kept, total };
  return {
    chosen: Array.from({ length: most }, (_, index) => kept[Math.floor((index * kept.length) / most)] as Item),
    total,
  };
}
