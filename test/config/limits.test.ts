import { describe, expect, it } from 'vitest';
import { MAX_DIAGNOSTICS } from '#dist/config/limits.js';
import { checkFile } from './support/check.js';
import { line } from './support/documents.js';

const problems = (text: string): string[] => checkFile(text).sorted().map(line);

describe('a pipeline file that asks for too much', () => {
  it('by aliases of aliases is told so once', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => {
      const values = [...Array(10).keys()].map((k) => `k${k}: ${i === 0 ? 1 : `*a${i - 1}`}`);
      return `a${i}: &a${i} {${values.join(', ')}}`;
    });
    expect(problems([...laughs, 'p: { <<: *a8 }'].join('\n'))).toEqual([
      expect.stringMatching(/^\d+:\d+ aliases stand for more than 100000 values$/),
    ]);
  });

  it('by variables of variables is told so once', () => {
    const doubled = Array.from({ length: 40 }, (_, i) => `  v${i}: "\${v${i + 1}}\${v${i + 1}}"`);
    const text = `variables:\n${doubled.join('\n')}\n  v40: laugh\npipelines: { p: { source: { xyz: { path: "\${v0}" } } } }`;
    expect(problems(text)).toContainEqual(
      expect.stringMatching(/^\d+:\d+ variables make texts of more than 10000000 characters in all$/),
    );
    expect(problems(text).filter((each) => each.includes('characters'))).toHaveLength(1);
  });

  it('by a long chain of variables, or of fallbacks, is told where', () => {
    const chain = Array.from({ length: 5000 }, (_, i) => `  v${i}: "\${v${i + 1}}"`);
    const tooLong = problems(`variables:\n${chain.join('\n')}\n  v5000: 1\n`).filter((each) => each.includes('chain'));
    expect(tooLong).toEqual(['101:8 more than 100 variables stand for each other in a chain']);
    const nested = `a: "${'${x:-'.repeat(5000)}${'}'.repeat(5000)}"`;
    expect(problems(nested)).toContainEqual(expect.stringMatching(/^1:\d+ fallbacks are nested more than 100 deep$/));
  });

  it('by depth is told once', () => {
    for (const text of ['['.repeat(5000), `a: ${'{a: '.repeat(1000)}1${'}'.repeat(1000)}`]) {
      expect(problems(text)).toEqual([expect.stringMatching(/^1:\d+ lists and mappings are nested too deeply$/)]);
    }
  });

  it('by mistakes is told the first, and how many more there are', () => {
    const found = checkFile(Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(found.sorted()).toHaveLength(MAX_DIAGNOSTICS);
    expect(found.omitted).toBeGreaterThan(700);
  });

  it('by long names is told in short', () => {
    const [first] = problems(`${'k'.repeat(100_000)}: 1`);
    expect(first!.length).toBeLessThan(3000);
  });

  it('follows each alias to the last anchor of its name before it', () => {
    const found = problems('a: &x 1\nb: *x\nc: &x [*y]\nd: *z\n');
    expect(found).toContain('3:8 alias *y: there is no anchor &y before it');
    expect(found).toContain('4:4 alias *z: there is no anchor &z before it');
    expect(problems('a: &x [*x]\n')).toContain('1:8 alias *x stands inside its own anchor');
  });
});
