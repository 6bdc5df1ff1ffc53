import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/otherEngines.md');

describe('docs/otherEngines.md', () => {
  const shown = [...page.matchAll(/\[(\w+\.\w+)\]\(\.\.\/(examples\/engines\/[^)]+)\)(?:(?!```).)*```\w+\n(.*?)```/gs)];

  it('shows the examples as they are', () => {
    expect(shown.map(([, name]) => name)).toEqual([
      'spark.py',
      'rayData.py',
      'duckDb.py',
      'describe.sh',
      'clickHouse.py',
    ]);
    for (const [, name, path, code] of shown) expect(code, name).toBe(read(path!));
  });

  it('shows a pipeline file that is valid', async () => {
    const [, text] = /```yaml\n(.*?)```/s.exec(page)!;
    const { diagnostics } = await planOf(text!, 'pipelines.yaml');
    expect(diagnostics.sorted().filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
