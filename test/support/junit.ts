/** JUnit XML against the schema that CI services share (`junit-10.xsd` of the Jenkins xUnit plug-in). */
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
  failure: element('', 'type message'),
  error: element('', 'type message'),
  'system-out': element(''),
};
const TAG = /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g;

/** Fails where the text is not well formed or does not have that shape. */
export function checkJUnit(xml: string): void {
  const declared = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert.ok(xml.startsWith(declared));
  const body = xml.slice(declared.length);
  const open: string[] = [];
  for (const [, closing, name = '', attributes = '', alone] of body.matchAll(TAG)) {
    if (closing === '/') {
      assert.equal(open.pop(), name);
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
    if (alone !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  const text = body.replaceAll(TAG, '');
  assert.doesNotMatch(text, /[<>]|&(?!#\d+;|#x[\da-f]+;|amp;|lt;|gt;|quot;|apos;)/i);
}
