// A node:test reporter: counts as JSON, with the names of what was skipped or failed, and for each library that tests
// compare with (see against.ts) the number of comparisons and the worst error.
export default async function* summary(source) {
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], peers: {} };
  for await (const { type, data } of source) {
    const compared = type === 'test:diagnostic' ? /^against (\S+): (\S+)$/.exec(data.message) : null;
    if (compared !== null) {
      const [, peer, error] = compared;
      const { cases, worst } = (counts.peers[peer] ??= { cases: 0, worst: 0 });
      counts.peers[peer] = { cases: cases + 1, worst: Math.max(worst, Number(error)) };
    }
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
