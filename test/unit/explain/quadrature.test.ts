import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  endpointMean,
  gaussLegendre,
  midpoint,
  placed,
  rightRiemann,
  trapezoid,
} from '../../../server/explain/quadrature';
import type { Quadrature } from '../../../server/explain/quadrature';

const rules = { midpoint, rightRiemann, trapezoid, gaussLegendre, endpointMean };
const integrate = ({ alphas, weights }: Quadrature, f: (x: number) => number): number =>
  alphas.reduce((sum, alpha, i) => sum + f(alpha) * (weights[i] as number), 0);

test('weights of every rule sum to 1, nodes lie in [0, 1] in ascending order', () => {
  for (const [name, rule] of Object.entries(rules))
    for (const n of [1, 2, 3, 16, 32, 50, 64, 333]) {
      const { alphas, weights } = rule(n);
      assert.equal(alphas.length, n);
      assert.ok(Math.abs(integrate({ alphas, weights }, () => 1) - 1) < 1e-12, `${name}(${n})`);
      assert.ok(alphas.every((alpha, i) => alpha >= 0 && alpha <= 1 && (i === 0 || alpha > (alphas[i - 1] as number))));
    }
});

test('polynomials: Gauss–Legendre to degree 2n − 1, midpoint and trapezoid to degree 1', () => {
  for (const n of [1, 2, 5, 8])
    for (let degree = 0; degree < 2 * n; degree += 1)
      assert.ok(Math.abs(integrate(gaussLegendre(n), (x) => x ** degree) - 1 / (degree + 1)) < 1e-13);
  for (const rule of [midpoint, trapezoid])
    for (const n of [2, 7, 50]) assert.ok(Math.abs(integrate(rule(n), (x) => 3 * x - 1) - 0.5) < 1e-12);
});

test('the right Riemann rule is the published one: α = k/m, k = 1 … m', () => {
  const { alphas, weights } = rightRiemann(50);
  assert.deepEqual([alphas[0], alphas[49], weights[7]], [1 / 50, 1, 1 / 50]);
});

test('errors fall with the square of n for midpoint and trapezoid, with n for right Riemann', () => {
  const error = (rule: (n: number) => Quadrature, n: number): number =>
    Math.abs(integrate(rule(n), Math.exp) - (Math.E - 1));
  for (const rule of [midpoint, trapezoid]) assert.ok(error(rule, 20) / error(rule, 40) > 3.8);
  const ratio = error(rightRiemann, 20) / error(rightRiemann, 40);
  assert.ok(ratio > 1.9 && ratio < 2.1);
});

test('placed nodes gather where S moves, and a tenth stays spread out', () => {
  const alphas = Array.from({ length: 11 }, (_, k) => k / 10);
  const scores = alphas.map((alpha) => (alpha < 0.35 ? 0 : alpha < 0.45 ? 0.5 : 1));
  const { alphas: nodes, weights } = placed(alphas, scores, 20);
  assert.ok(nodes.filter((node) => node > 0.3 && node < 0.5).length >= 16);
  assert.ok(nodes.some((node) => node > 0.6));
  assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-12);
});

test('placed nodes: any probes give positive weights that sum to 1', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 1, max: 64 }),
      (scores, n) => {
        const alphas = scores.map((_, k) => k / (scores.length - 1));
        const { alphas: nodes, weights } = placed(alphas, scores, n);
        assert.equal(nodes.length, n);
        assert.ok(weights.every((weight) => weight > 0));
        assert.ok(Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-9);
        assert.ok(nodes.every((node, i) => node > 0 && node < 1 && (i === 0 || node > (nodes[i - 1] as number))));
      },
    ),
  );
});
