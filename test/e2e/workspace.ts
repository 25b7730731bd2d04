/** A folder with the three examples in small, and rows that are hard to find one's way in. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const examples = resolve(import.meta.dirname, '../../examples');

/** Lines 2, 3–5 and 6 of the file: plain; quoted newlines, doubled quotes and an emoji; markup. */
export const mail = [
  'id,message,label',
  '1,"free money now, click here",spam',
  '2,"He said ""hello 👩‍🚀 world"" and',
  'left ""quoted"" money',
  'on the table",ham',
  '3,"<img src=x onerror=alert(1)><b>bold</b> =cmd|calc \u202Egnp.exe now",spam',
  '4,free dinner,ham',
  '',
].join('\r\n');

/** For `mail/data/train.csv`: donors and the prior; line 7 of the test file, “free dinner”, is ham and predicted spam. */
export const train = [
  'id,message,label',
  '1,see you at dinner tomorrow,ham',
  '2,the meeting is moved to monday,ham',
  '3,win money now click here,spam',
  '4,free offer click now,spam',
  '5,dinner with the list at eight,ham',
  '',
].join('\n');

export interface Workspace {
  readonly folder: string;
  /** A picture of the handwritten digits, relative to the folder. */
  readonly picture: string;
  dispose(): void;
}

export function createWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'model-blame-e2e-'));
  for (const name of ['mail', 'digits', 'table']) {
    mkdirSync(join(folder, name, 'data'), { recursive: true });
    cpSync(join(examples, name, 'models'), join(folder, name, 'models'), { recursive: true });
    cpSync(join(examples, name, 'model-blame.json'), join(folder, name, 'model-blame.json'));
  }
  writeFileSync(join(folder, 'mail', 'data', 'test.csv'), mail);
  const table = readFileSync(data('table/data/test.csv'), 'utf8').split('\n').slice(0, 8).join('\n');
  writeFileSync(join(folder, 'table', 'data', 'test.csv'), `${table}\n`);
  // A folder that nobody has set up, and a picture that no dataset entry names.
  for (const name of ['models', 'data']) mkdirSync(join(folder, 'bare', name), { recursive: true });
  cpSync(join(examples, 'table', 'models', 'loans.onnx'), join(folder, 'bare', 'models', 'loans.onnx'));
  writeFileSync(join(folder, 'bare', 'data', 'test.csv'), `${table}\n`);
  const picture = addDigit(folder, 3);
  cpSync(join(examples, picture), join(folder, 'digits', 'other.png'));
  return { folder, picture, dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The first picture of a class, put where the dataset of the digits has it. @returns Its path in the workspace. */
export function addDigit(folder: string, label: number): string {
  const [digit] = readdirSync(data(`digits/data/test/${label}`)).sort();
  if (digit === undefined) throw new Error('no digits');
  const picture = join('digits', 'data', 'test', String(label), digit);
  cpSync(join(examples, picture), join(folder, picture));
  return picture;
}

function data(path: string): string {
  const file = join(examples, path);
  if (!existsSync(file)) throw new Error(`${file} is missing: run “node examples/prepare.mjs” first`);
  return file;
}

/**
 * What a training run might do: the last layer’s bias is another one, so that more mails are spam (fewer, for a negative
 * one).
 */
export function retrain(path: string, more = 1.5): void {
  const bytes = readFileSync(path);
  // The tensor's name, then its data (field 9, eight bytes): ham's and spam's bias.
  const at = bytes.indexOf(Buffer.concat([Buffer.from('out.bias'), Buffer.from([0x4a, 8])]));
  assert.ok(at > 0, 'the bias of the last layer');
  const spam = at + 'out.bias'.length + 2 + 4;
  bytes.writeFloatLE(bytes.readFloatLE(spam) + more, spam);
  writeFileSync(path, bytes);
}
