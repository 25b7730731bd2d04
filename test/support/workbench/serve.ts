/** A workbench for a person: packs the extension, keeps the profile between runs, ends with Ctrl-C. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './install';
import { packagedExtension } from './package';
import { startWorkbench } from './server';

const [folder = '.', port = ''] = process.argv.slice(2);

console.log('── Packing the extension');
const vsix = packagedExtension();
const profile = join(cacheFolder(), 'profile');
mkdirSync(profile, { recursive: true });
console.log('── Starting the workbench');
const server = await startWorkbench({
  extensions: [vsix],
  profile,
  ...(port === '' ? {} : { port: Number(port) }),
  settings: { 'workbench.startupEditor': 'welcomePage' },
});
console.log(`
${server.urlOf(folder)}

Open the address in a browser, then right-click a row of mail/data/test.csv → Explain Row,
or a picture of digits/data/test in the explorer → Explain Picture or Tensor. Ctrl-C ends the workbench.`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0));
  });
