/**
 * Gaussian blur of pictures: the sampled, normalised kernel, with the picture continued by its mirror image. Such a
 * convolution is diagonal in the cosine basis (DCT-II), so every σ costs one transform back, and wide blurs, which
 * keep few frequencies, cost next to nothing; up to rounding it is the convolution itself.
 */

/** Where the pixels of one channel lie: element index by pixel, row-major. */
export type Plane = Int32Array | readonly number[];

export interface Blur {
  /** Blurs all planes. @param sigma Standard deviation in pixels; 0 returns the values themselves. */
  at(sigma: number): Float64Array;
}

interface Axis {
  readonly size: number;
  /** Orthonormal DCT-II, row k = frequency k. */
  readonly basis: Float64Array;
}

export function blurring(values: ArrayLike<number>, planes: readonly Plane[], width: number, height: number): Blur {
  const [across, down] = [axisOf(width), axisOf(height)];
  const spectra = planes.map((plane) => {
    const rows = Float64Array.from(plane, (element) => values[element] as number);
    // [height, width] → [height, frequency] → [frequency, frequency]
    return multiply(down.basis, multiplyByTransposed(rows, across.basis, height, width, width), height, height, width);
  });
  return {
    at(sigma) {
      const result = Float64Array.from(values);
      if (sigma === 0) return result;
      const [passAcross, passDown] = [passed(across, sigma), passed(down, sigma)];
      const [wide, high] = [passAcross.length, passDown.length];
      for (const [p, plane] of planes.entries()) {
        const kept = new Float64Array(high * wide);
        for (let v = 0; v < high; v += 1)
          for (let u = 0; u < wide; u += 1)
            kept[v * wide + u] =
              (spectra[p]?.[v * width + u] as number) * (passDown[v] as number) * (passAcross[u] as number);
        // [high, wide] → [high, width] → [height, width]
        const rows = multiply(kept, across.basis, high, wide, width);
        const picture = multiplyTransposed(down.basis, rows, high, height, width);
        for (let i = 0; i < picture.length; i += 1) result[plane[i] as number] = picture[i] as number;
      }
      return result;
    },
  };
}

/** Frequencies that a blur lets through: beyond them less than this is left. */
const NOTHING = 1e-13;

/** Eigenvalues of the kernel: Σ_d g(d) cos(πkd/n), up to the last frequency that is not wiped out. */
function passed({ size }: Axis, sigma: number): Float64Array {
  const radius = Math.ceil(8 * sigma);
  const weights = Float64Array.from({ length: radius + 1 }, (_, d) => Math.exp(-(d * d) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight, d) => sum + (d === 0 ? weight : 2 * weight), 0);
  const values: number[] = [];
  for (let k = 0; k < size; k += 1) {
    let value = weights[0] as number;
    for (let d = 1; d <= radius; d += 1) value += 2 * (weights[d] as number) * Math.cos((Math.PI * k * d) / size);
    if (Math.abs(value) < NOTHING * total) break;
    values.push(value / total);
  }
  return Float64Array.from(values);
}

function axisOf(size: number): Axis {
  const basis = new Float64Array(size * size);
  for (let k = 0; k < size; k += 1)
    for (let i = 0; i < size; i += 1)
      basis[k * size + i] = Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (i + 0.5)) / size);
  return { size, basis };
}

/** a [m, k] · b [k, n]; of b only the first k rows are read. */
function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1)
    for (let l = 0; l < k; l += 1) {
      const factor = a[i * k + l] as number;
      for (let j = 0; j < n; j += 1) out[i * n + j] = (out[i * n + j] as number) + factor * (b[l * n + j] as number);
    }
  return out;
}

/** aᵀ · b with a [k, m], b [k, n]. */
function multiplyTransposed(a: Float64Array, b: Float64Array, k: number, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let l = 0; l < k; l += 1)
    for (let i = 0; i < m; i += 1) {
      const factor = a[l * m + i] as number;
      for (let j = 0; j < n; j += 1) out[i * n + j] = (out[i * n + j] as number) + factor * (b[l * n + j] as number);
    }
  return out;
}

/** a [m, k] · bᵀ with b [n, k]. */
function multiplyByTransposed(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1)
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let l = 0; l < k; l += 1) sum += (a[i * k + l] as number) * (b[j * k + l] as number);
      out[i * n + j] = sum;
    }
  return out;
}
