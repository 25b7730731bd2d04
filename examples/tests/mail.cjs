// What a project has anyway, in little: its test data and its model. Nothing here knows Model Blame.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const ort = require('onnxruntime-node');

const mail = join(__dirname, '..', 'mail');
const words = readFileSync(join(mail, 'models', 'words.txt'), 'utf8')
  .trimEnd()
  .split('\n');
const ids = new Map(words.map((word, id) => [word, BigInt(id)]));

/** The first mails of the test data; quoted fields may hold commas, line ends and doubled quotes. */
function rows(count) {
  const text = readFileSync(join(mail, 'data', 'test.csv'), 'utf8');
  const fields = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  );
  return Array.from({ length: count }, (_, index) => {
    const [id, message, label] = fields.slice(3 * (index + 1), 3 * (index + 2));
    return { id, message, label, record: index + 1 };
  });
}

let session;
async function predict(message) {
  session ??= ort.InferenceSession.create(join(mail, 'models', 'mail.onnx'));
  const known = (message.match(/[A-Za-z0-9$!%']+/g) ?? [])
    .map((word) => ids.get(word.toLowerCase()) ?? 1n)
    .slice(0, 400);
  const input = new ort.Tensor('int64', BigInt64Array.from(known), [1, known.length]);
  const { logits } = await (await session).run({ words: input });
  return logits.data[1] > logits.data[0] ? 'spam' : 'ham';
}

module.exports = { rows, predict };
