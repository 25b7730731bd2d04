/** Conversions of element types a Graph does not compute with: half precision floats to float32. */

/** IEEE 754 binary16 to float32. */
export function halfToFloat(half: ArrayLike<number>): Float32Array {
  const bits = new Uint32Array(half.length);
  for (let index = 0; index < half.length; index += 1) {
    const value = half[index] as number;
    const sign = (value & 0x8000) << 16;
    const exponent = (value >> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0x1f) bits[index] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits[index] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) bits[index] = sign;
    else {
      // Subnormal: shift the fraction up until its leading bit is implicit.
      const shift = Math.clz32(fraction) - 21;
      bits[index] = sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    }
  }
  return new Float32Array(bits.buffer);
}

/** bfloat16 is the upper half of a float32. */
export function bfloatToFloat(values: ArrayLike<number>): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let index = 0; index < values.length; index += 1) bits[index] = (values[index] as number) << 16;
  return new Float32Array(bits.buffer);
}
