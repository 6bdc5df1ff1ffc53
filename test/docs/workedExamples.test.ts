import { describe, expect, it } from 'vitest';
import { components } from '#dist/pipelines/components.js';
import { workedExamples } from '../../scripts/support/workedExamples.mjs';

const examples = await workedExamples();

describe('the worked examples', () => {
  it('are there for every operator, and for nothing else', () => {
    expect([...examples.keys()].toSorted()).toEqual(components.operators.map(({ name }) => name).toSorted());
  });

  it('name the operator in their steps', () => {
    for (const [name, text] of examples) expect(text, name).toMatch(new RegExp(`^- ${name}\\b`, 'm'));
  });

  it('of a fit go on with an apply of what was fitted', () => {
    const fits = [...examples].filter(([, text]) => text.includes('fit: '));
    expect(fits.map(([name]) => name)).toEqual(['classify', 'compress', 'robustRescale']);
    for (const [name, text] of fits) {
      const artifact = /fit: (\w+)/.exec(text)![1]!;
      expect(text, name).toContain(`apply: ${artifact}`);
    }
  });
});
