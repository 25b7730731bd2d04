/**
 * The error function to 1.2e-7: the complementary error function's Chebyshev fit, Numerical Recipes (Press et al.,
 * 2nd edition), section 6.2.
 */
export function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const exponent = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const complement = t * Math.exp(-x * x + exponent);
  return x >= 0 ? 1 - complement : complement - 1;
}
