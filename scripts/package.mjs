// `npm run package [-- --target linux-x64] [--out FILE]`: a VSIX for one platform that runs offline. Everything is
// put together in a folder of its own (out/package/TARGET), so that dist/ stays as it is.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { copyNative, targets } from './lib/native.mjs';
import { buildPrograms, checkNode, fail, installIfNeeded, root, run, step } from './lib/steps.mjs';

const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
const target = values.target ?? `${process.platform}-${process.arch}`;
if (!(target in targets))
  fail(`There are no binaries for ${target}. Choose --target ${Object.keys(targets).join(', ')}.`);

checkNode();
await installIfNeeded();

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const stage = join(root, 'out', 'package', target);
const vsix = resolve(values.out ?? join(root, 'out', `${manifest.name}-${target}-${manifest.version}.vsix`));
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });

await buildPrograms({ args: ['--release', '--out', join(stage, 'dist')] });
await step(`Copying the native modules of ${target}`, async () => {
  await copyNative(target, join(stage, 'dist', 'node_modules'));
});
for (const name of ['.vscodeignore', 'README.md', 'CHANGELOG.md', 'LICENSE', 'l10n', 'media', 'walkthrough', 'schemas'])
  if (existsSync(join(root, name))) cpSync(join(root, name), join(stage, name), { recursive: true });
for (const name of readdirSync(root).filter((file) => /^package\.nls.*\.json$/.test(file)))
  cpSync(join(root, name), join(stage, name));
// Nothing of development goes along: what is bundled or copied needs no installing.
const { scripts: _scripts, devDependencies: _dev, dependencies: _runtime, allowScripts: _allowed, ...kept } = manifest;
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(kept, null, 2)}\n`);
chmodSync(join(stage, 'dist', 'cli.js'), 0o755);

await step('Packing', async () => {
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--no-dependencies', '--target', target, '--out', vsix];
  const links = ['--allow-missing-repository', '--no-rewrite-relative-links'];
  const code = await run(process.execPath, [vsce, ...args, ...links], { quiet: true, cwd: stage });
  if (code !== 0) fail('vsce failed; see above.', 1);
});
console.log(`${vsix}: ${(statSync(vsix).size / 1e6).toFixed(1)} MB`);
