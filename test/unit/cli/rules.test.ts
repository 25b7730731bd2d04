/** `model-blame rules` and `explain --debug conservation`: what is asked, what is printed. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { NodeBalance, RulesRequest, RulesResponse } from '../../../server/protocol';
import { textExplanation } from '../render/samples';
import { modelBlame } from './fakes';

const answer: RulesResponse = {
  model: 'digits',
  parameters: { composite: 'mine', rule: 'none', epsilon: 1e-6 },
  rows: [
    { node: '/0/Conv', op: 'Conv', rule: 'box', detail: 'needs the bounds of the input, sees the input', linear: true },
    { node: '/1/Relu', op: 'Relu', rule: 'pass', detail: '', linear: false },
    { node: '/2/Odd', op: 'Odd', rule: null, detail: 'no rule covers this operator', linear: false },
  ],
  unmatched: ['rule 2 (ConvTranspose)'],
};

function asking() {
  const asked: RulesRequest[] = [];
  const rules = (request: RulesRequest): Promise<RulesResponse> => {
    asked.push(request);
    return Promise.resolve(answer);
  };
  return { asked, services: { rules } };
}

test('rules prints node, operator and rule, and what the composite does not reach', async () => {
  const { asked, services } = asking();
  const { code, stdout } = await modelBlame(['rules', 'digits', '--composite', 'mine'], { services });
  assert.equal(code, 0);
  assert.deepEqual(asked, [{ model: 'digits', parameters: { composite: 'mine' } }]);
  assert.match(stdout, /\/0\/Conv\s+Conv\s+box\s+needs the bounds/);
  assert.match(stdout, /\/2\/Odd\s+Odd\s+✗ none\s+no rule covers/);
  assert.match(stdout, /No layer matches rule 2 \(ConvTranspose\)/);
  assert.match(stdout, /1 node has no rule/);
});

test('rules takes a rule and its numbers, and gives JSON', async () => {
  const { asked, services } = asking();
  const args = ['rules', '--option', 'rule=gamma', '--option', 'gamma=0.5', '--format', 'json'];
  const { stdout } = await modelBlame(args, { services });
  assert.deepEqual(asked, [{ model: null, parameters: { rule: 'gamma', gamma: '0.5' } }]);
  assert.deepEqual(JSON.parse(stdout), answer);
});

test('rules refuses two of a kind', async () => {
  for (const args of [
    ['rules', 'a', '--model', 'b'],
    ['rules', 'a', '--composite', 'x', '--option', 'composite=y'],
    ['rules', 'a', '--option', 'rule'],
  ]) {
    const { code, stderr } = await modelBlame(args, asking());
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /twice|KEY=VALUE/);
  }
});

const balances: readonly NodeBalance[] = [
  { node: '/8/Gemm', op: 'Gemm', rule: 'epsilon', arrived: 10, passedOn: 10.5, negative: -2, absorbed: { bias: -0.5 } },
  { node: '/7/Relu', op: 'Relu', rule: 'pass', arrived: 10.5, passedOn: 10.5, negative: -2, absorbed: {} },
  { node: '/3/Conv', op: 'Conv', rule: 'gradient', arrived: 10.5, passedOn: 4, negative: 0, absorbed: { empty: 1 } },
];

test('--debug conservation asks for the books and prints them', async () => {
  for (const asked of [['--debug', 'conservation'], ['--debug=conservation'], ['--conservation']]) {
    const { code, stdout, explained } = await modelBlame(['explain', '--text', 'good', ...asked], {
      services: { explain: (request) => Promise.resolve({ ...textExplanation(), ...kept(request.conservation) }) },
    });
    assert.equal(code, 0);
    assert.equal(explained.length, 0);
    assert.match(
      stdout,
      /\/8\/Gemm\s+Gemm · epsilon\s+10\.0\s+10\.5\s+−2\.00\s+█+.*lost −0\.500 bias/,
      asked.join(' '),
    );
    assert.match(stdout, /\/3\/Conv.*lost 1\.00 nothing to share by, 5\.50 by the rule itself/);
    assert.match(stdout, /1 more node handed on all that arrived/);
  }
});

const kept = (wanted: boolean | undefined): { conservation?: readonly NodeBalance[] } =>
  wanted === true ? { conservation: balances } : {};

test('without being asked there are no books; JSON has them when asked', async () => {
  const services = {
    explain: (request: { readonly conservation?: boolean }) =>
      Promise.resolve({ ...textExplanation(), ...kept(request.conservation) }),
  };
  const plain = await modelBlame(['explain', '--text', 'good'], { services });
  assert.doesNotMatch(plain.stdout, /Gemm/);
  const json = await modelBlame(['explain', '--text', 'good', '--debug', 'conservation', '--format', 'json'], {
    services,
  });
  assert.deepEqual((JSON.parse(json.stdout) as { conservation: unknown }).conservation, balances);
});
