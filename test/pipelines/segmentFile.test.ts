import { describe, expect, it } from 'vitest';
import { components } from '#dist/pipelines/components.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { segmentFile } from '#dist/pipelines/segmentFile.js';
import type { Segment } from '#dist/segment/segment.js';

/** The steps of a file with the one pipeline `a`. */
async function stepsOf(text: string): Promise<Segment['steps']> {
  const { plan, diagnostics } = await planOf(text, 'a.yaml');
  if (!plan) throw new Error(diagnostics.sorted()[0]!.message);
  return plan.pipelines.get('a')!.steps.map(({ id, operator, options }) => ({ id, operator, options }));
}

const fileOf = (steps: string): string =>
  `pipelines:\n  a:\n    source: { parquet: { path: a } }\n    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;

describe('segmentFile', () => {
  const streaming = components.operators.filter((operator) => 'create' in operator);

  const examples: readonly (readonly [string, string])[] = [
    ...streaming.map(({ name, example }) => [name, example] as const),
    ['a step with an id', '- filter: { column: label, values: [3] }\n  id: threes'],
    ['texts that look like variables', "- filter: { column: name, values: ['$${sigma}', '$$${x}', '$'] }"],
    ['nested options', '- soap: { nMax: 3, lMax: 2, sigma: 1, weighting: { function: poly, r0: 3, c: 1, m: 2 } }'],
  ];

  it.each(examples)('gives the same steps again: %s', async (_name, example) => {
    const steps = await stepsOf(fileOf(example));
    const file = segmentFile({ pipeline: 'a', steps });
    expect(await stepsOf(JSON.stringify(file))).toEqual(steps);
  });
});
