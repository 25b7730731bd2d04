/** SARIF logs against the published schema of version 2.1.0, as Microsoft's test matchers ship it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';

const require = createRequire(import.meta.url);
/** Draft 04 without what later drafts read differently; its own name and draft are not wanted. */
const { $schema: _draft, id: _id, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema as object);

interface Words {
  readonly text: string;
}
interface Rule {
  readonly id: string;
  readonly name?: string;
  readonly shortDescription?: Words;
  readonly fullDescription?: Words;
  readonly help?: Words;
}

export interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules?: readonly Rule[] } };
    readonly invocations?: readonly { readonly exitCode?: number }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
}

/** The log; fails where it does not follow the schema, or names a rule it does not declare. */
export function sarifLog(text: string): SarifLog {
  const log = JSON.parse(text) as SarifLog;
  assert.ok(validate(log), JSON.stringify(validate.errors));
  for (const { tool, results } of log.runs) {
    const rules = tool.driver.rules ?? [];
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length, 'a rule twice');
    // What GitHub's code scanning asks of rules, and what it refuses.
    assert.ok(results.length <= 25_000 && rules.length <= 25_000);
    for (const { name = '', shortDescription, fullDescription, help } of rules) {
      assert.ok(name.length <= 255, 'name');
      for (const words of [shortDescription, fullDescription, help])
        assert.ok(words !== undefined && words.text !== '' && words.text.length <= 1024, 'description');
    }
    for (const { ruleId, locations, message } of results) {
      assert.ok(message.text !== '');
      assert.ok(
        tool.driver.rules?.some(({ id }) => id === ruleId),
        ruleId,
      );
      for (const { physicalLocation } of locations) {
        const { uri } = physicalLocation.artifactLocation;
        assert.match(uri, /^(?:%[\dA-F]{2}|[\w.~!$&'()*+,;=:@/-])+$/);
      }
    }
  }
  return log;
}
