import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { temporaryFolder } from '../support/smallMnist.js';

const DATA = fileURLToPath(new URL('../data/', import.meta.url));

describe('soap in a pipeline file', () => {
  /** The bytes of the descriptors of the test molecules, of which there are so many rows. */
  async function descriptors(
    options: string,
    { expectedRows, workers, frames = 64 }: { expectedRows: number; workers: number; frames?: number },
  ): Promise<Buffer> {
    const text = `
pipelines:
  molecules:
    source: { xyz: { path: molecules.xyz, batchRows: ${frames} } }
    steps: [{ soap: { rCut: 5, nMax: 3, lMax: 2, sigma: 0.5, species: [H, C, O, Na, Cl], ${options} } }]
    sinks: [{ parquet: { path: '\${out}/descriptors.parquet' } }]
`;
    const outDirectory = temporaryFolder();
    const { plan, diagnostics } = await planOf(text, join(DATA, 'p.yaml'), { outDirectory });
    expect(diagnostics.sorted()).toEqual([]);
    const [report] = await runPlan(plan!, { workers });
    expect(report!.outputs.map(({ rows }) => rows)).toEqual([expectedRows]);
    return readFileSync(join(outDirectory, 'descriptors.parquet'));
  }

  it.each([
    ['average: off', 28],
    ['average: outer, compression: mu1nu1', 4],
  ])(
    'gives the same bytes whatever the sizes of batches and the number of workers, with %s',
    async (options, expectedRows) => {
      const expected = await descriptors(options, { expectedRows, workers: 0 });
      const others = [
        descriptors(`${options}, batchRows: 3`, { expectedRows, workers: 0 }),
        descriptors(`${options}, batchRows: 1`, { expectedRows, workers: 1, frames: 2 }),
        descriptors(`${options}, batchRows: 5`, { expectedRows, workers: 2, frames: 1 }),
      ];
      for (const other of await Promise.all(others)) expect(other.equals(expected)).toBe(true);
    },
  );

  it('needs the column that it declares species of', async () => {
    const text = `
pipelines:
  a:
    source: { ply: { path: scan.ply } }
    steps:
      - soap: { rCut: 5, nMax: 3, lMax: 2, sigma: 0.5, species: [1, 2] }
`;
    const { diagnostics } = await planOf(text, join(DATA, 'p.yaml'));
    expect(diagnostics.sorted().map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^soap: column species: expected list<utf8 or integer>, but the stream has only image, points \(what arrives leaves source/,
      ),
    ]);
  });
});
