/**
 * JUnit XML against the schema that CI services share (`junit-10.xsd` of the Jenkins xUnit plug-in), and what that of
 * Maven's Surefire asks beyond it: types of failures, the order within a test case, times. The numbers have to add up.
 */
import assert from 'node:assert/strict';

interface Element {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
}
const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');
const element = (required: string, optional = '', children = ''): Element => ({
  required: words(required),
  optional: words(optional),
  children: words(children),
});
const shape: Readonly<Record<string, Element>> = {
  testsuites: element('', 'name time tests failures disabled errors', 'testsuite'),
  testsuite: element(
    'name tests',
    'failures errors group time skipped timestamp hostname id package file log url version',
    'testsuite properties testcase system-out system-err',
  ),
  testcase: element(
    'name classname',
    'assertions time class status file line log group url',
    'skipped error failure system-out system-err',
  ),
  failure: element('type', 'message'),
  error: element('type', 'message'),
  'system-out': element(''),
};
const TAG = /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g;

const outcomes = ['skipped', 'error', 'failure'];
function rank(name: string): number {
  return outcomes.includes(name) ? 0 : ['system-out', 'system-err'].indexOf(name) + 1;
}

/** Fails where the text is not well formed or does not have that shape. */
export function checkJUnit(xml: string): void {
  const declared = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert.ok(xml.startsWith(declared));
  const body = xml.slice(declared.length);
  // Char of XML 1.0, as itself or as a reference to it.
  const characters = body.replace(
    /&#(?:(\d+)|x([\da-f]+));/gi,
    (_, decimal: string | undefined, hex: string | undefined) =>
      String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)),
  );
  assert.match(characters, /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  const counted = { tests: 0, failures: 0, errors: 0 };
  const told: (readonly [ReadonlyMap<string, string>, typeof counted])[] = [];
  const open: string[] = [];
  /** Of each open element, the rank of its last child. */
  const last: number[] = [];
  for (const [, closing, name = '', attributes = '', alone] of body.matchAll(TAG)) {
    if (closing === '/') {
      assert.equal(open.pop(), name);
      last.pop();
      if (!name.startsWith('testsuite')) continue;
      const [values, before] = told.pop() ?? [new Map<string, string>(), counted];
      for (const key of ['tests', 'failures', 'errors'] as const)
        if (values.has(key)) assert.equal(Number(values.get(key)), counted[key] - before[key], `${key} of ${name}`);
      continue;
    }
    const known = shape[name];
    assert.ok(known !== undefined, name);
    const parent = open.at(-1);
    if (parent === undefined) assert.ok(name === 'testsuites' || name === 'testsuite');
    else assert.ok(shape[parent]?.children.includes(name), `${name} in ${parent}`);
    const given = Array.from(attributes.matchAll(/([\w-]+)="([^"]*)"/g));
    const names = given.map(([, attribute = '']) => attribute);
    for (const attribute of known.required) assert.ok(names.includes(attribute), `${name} without ${attribute}`);
    for (const attribute of names)
      assert.ok([...known.required, ...known.optional].includes(attribute), `${attribute} of ${name}`);
    for (const [, attribute = '', value = ''] of given)
      if (['tests', 'failures', 'errors', 'time', 'skipped'].includes(attribute)) assert.match(value, /^\d+(\.\d+)?$/);
    const values = new Map(given.map(([, attribute = '', value = '']) => [attribute, value]));
    assert.equal(new Set(names).size, names.length, `an attribute of ${name} twice`);
    if (name.startsWith('testsuite')) told.push([values, { ...counted }]);
    if (name === 'testcase') counted.tests += 1;
    if (name === 'failure') counted.failures += 1;
    if (name === 'error') counted.errors += 1;
    // What a test said comes after what became of it, of which there is one thing.
    if (parent === 'testcase') assert.ok(rank(name) > (last.at(-1) ?? -1), `${name} in its test case`);
    if (parent !== undefined) last[last.length - 1] = rank(name);
    if (alone !== '/') {
      open.push(name);
      last.push(-1);
    }
  }
  assert.deepEqual(open, []);
  const text = body.replaceAll(TAG, '');
  assert.doesNotMatch(text, /[<>]|&(?!#\d+;|#x[\da-f]+;|amp;|lt;|gt;|quot;|apos;)/i);
}
