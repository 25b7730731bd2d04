/** CRC-32C as TensorFlow keeps it beside everything that it writes into a checkpoint. */

/** The polynomial of Castagnoli, its bits turned around. */
const POLYNOMIAL = 0x82f63b78;
/** What TensorFlow adds to a sum, so that sums of sums are none. */
const MASK_DELTA = 0xa282ead8;

/** What a byte does to the sum, by how many bytes of the same four follow it: table 0 for the last of them. */
const tables: readonly Uint32Array[] = (() => {
  const last = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ ((sum & 1) === 0 ? 0 : POLYNOMIAL);
    return sum;
  });
  const all = [last];
  for (let more = 1; more < 4; more += 1)
    all.push((all[more - 1] as Uint32Array).map((sum) => (sum >>> 8) ^ (last[sum & 0xff] as number)));
  return all;
})();

/** The sum of some bytes, four at a time. */
export function crc32c(bytes: Uint8Array): number {
  const [a, b, c, d] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fours = bytes.length - (bytes.length % 4);
  let sum = 0xffffffff;
  for (let at = 0; at < fours; at += 4) {
    sum ^= view.getUint32(at, true);
    sum =
      (d[sum & 0xff] as number) ^
      (c[(sum >>> 8) & 0xff] as number) ^
      (b[(sum >>> 16) & 0xff] as number) ^
      (a[sum >>> 24] as number);
  }
  for (let at = fours; at < bytes.length; at += 1)
    sum = (sum >>> 8) ^ (a[(sum ^ (bytes[at] as number)) & 0xff] as number);
  return ~sum >>> 0;
}

/** The sum as the files hold it: turned by 15 bits, with a constant added. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + MASK_DELTA) >>> 0;
}
