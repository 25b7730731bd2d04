// A node:test reporter: counts as JSON, with the names of what was skipped or failed.
export default async function* summary(source) {
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    // Node reports each file as a test of its own when it fails outside of any test.
    const name = `${data.file ? data.file.split('/test/').pop() : ''} ${data.name}`.trim();
    if (data.skip !== undefined) {
      counts.skipped += 1;
      counts.skips.push(`${name}${typeof data.skip === 'string' && data.skip !== '' ? `: ${data.skip}` : ''}`);
    } else if (type === 'test:pass') counts.passed += 1;
    else {
      counts.failed += 1;
      counts.failures.push(name);
    }
  }
  yield JSON.stringify(counts);
}
