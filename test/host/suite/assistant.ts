import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExplainedSample, ListedMistakes } from '../../../extension/assistant/results';
import { activated, file, until } from './harness';
import type { Tests } from './harness';

async function invoke(name: string, input: object): Promise<unknown> {
  const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  const [part] = result.content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value);
}

export const assistant: Tests = {
  'both tools are there, with a schema for what they take': async () => {
    await activated();
    const tools = vscode.lm.tools.filter(({ tags }) => tags.includes('model-blame'));
    assert.deepEqual(tools.map(({ name }) => name).sort(), ['explain_sample', 'list_mistakes']);
    assert.ok(tools.every(({ inputSchema }) => inputSchema !== undefined));
  },
  'a sample is explained in JSON; what names none is an error in words': async () => {
    await vscode.workspace.fs.writeFile(file('asked.csv'), new TextEncoder().encode('text,label\nfree money,ham\n'));
    const explained = (await invoke('explain_sample', { sample: 'asked.csv:2' })) as ExplainedSample;
    assert.deepEqual(
      { ...explained, features: explained.features.map(({ name }) => name), accounting: {} },
      {
        sample: 'asked.csv:2',
        model: 'fake',
        predicted: { label: 'spam', probability: 0.73 },
        gold: 'spam',
        wrong: false,
        method: 'gradient',
        target: 'spam',
        features: ['free', 'money', 'ham'],
        accounting: {},
        warnings: [],
      },
    );
    assert.equal(explained.features[0]?.relevance, 1);
    for (const sample of ['../outside.csv:1', '/etc/passwd', 'no sample at all'])
      assert.match(((await invoke('explain_sample', { sample })) as { error: string }).error, /names no sample/);
    const missing = (await invoke('explain_sample', { sample: 'asked.csv:99' })) as { error: string };
    assert.match(missing.error, /no line 99/);
  },
  'mistakes are listed in JSON, each with the name that explains it': async () => {
    await vscode.workspace.fs.writeFile(file('asked.csv'), new TextEncoder().encode('text,label\nfree money,ham\n'));
    const { context } = await activated();
    await vscode.commands.executeCommand('modelBlame.survey', file('asked.csv'));
    await until('the survey', () => (context.mistakes.surveys.current?.phase === 'done' ? true : undefined));
    const listed = (await invoke('list_mistakes', { gold: '0' })) as ListedMistakes;
    assert.equal(listed.matching, 0);
    const all = (await invoke('list_mistakes', {})) as ListedMistakes;
    assert.deepEqual([all.model, all.samples, all.wrong, all.matching, all.stale], ['fake', 1, 1, 1, false]);
    assert.deepEqual(all.mistakes, [
      {
        sample: 'asked.csv:2',
        gold: 'ham',
        predicted: 'spam',
        probability: 0.73,
        loss: 1.309,
        text: 'free money',
      },
    ]);
  },
};
