// Loans that were paid back or not: plainly synthetic, by a seeded generator. Whether a loan defaults depends on
// debt ratio, income, employment, history. `reminders_sent` is the leak: reminders are sent *because* a loan
// is not paid back, so the column is known only after the outcome, and predicts it all too well.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvField, normal, seededRandom } from '../random.mjs';

const columns = [
  'id',
  'age',
  'income',
  'amount',
  'months',
  'employment',
  'purpose',
  'earlier_defaults',
  'reminders_sent',
  'defaulted',
];
const employments = ['employed', 'self-employed', 'student', 'retired', 'unemployed'];
const purposes = ['car', 'furniture', 'education', 'business', 'holiday', 'repairs'];
const risk = { employed: -0.4, 'self-employed': 0.2, student: 0.5, retired: -0.2, unemployed: 1.1 };

export function prepareTable(data) {
  const random = seededRandom(20);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const rows = Array.from({ length: 3000 }, (_, index) => {
    const age = Math.round(20 + 45 * random());
    const employment = pick(employments);
    const income = Math.round(Math.max(600, (employment === 'student' ? 900 : 2600) * Math.exp(0.4 * normal(random))));
    const amount = Math.round(1000 + 19000 * random() ** 2);
    const months = 6 * (1 + Math.floor(random() * 10));
    const purpose = pick(purposes);
    const earlier = Math.min(5, Math.floor(-Math.log(1 - random()) * 0.6));
    const burden = amount / months / income;
    const score =
      -2.2 + 9 * burden + risk[employment] + 0.7 * earlier + (purpose === 'business' ? 0.5 : 0) + 0.6 * normal(random);
    const defaulted = random() < 1 / (1 + Math.exp(-score));
    const reminders = defaulted ? 1 + Math.floor(4 * random()) : Math.floor(1.25 * random());
    return [
      `L${String(index + 1).padStart(4, '0')}`,
      age,
      income,
      amount,
      months,
      employment,
      purpose,
      earlier,
      reminders,
      defaulted ? 'yes' : 'no',
    ];
  });
  const csv = (list) => `${[columns, ...list].map((row) => row.map(csvField).join(',')).join('\n')}\n`;
  writeFileSync(join(data, 'train.csv'), csv(rows.slice(0, 2400)));
  writeFileSync(join(data, 'test.csv'), csv(rows.slice(2400)));
  return '2400 loans to train on, 600 to test';
}
