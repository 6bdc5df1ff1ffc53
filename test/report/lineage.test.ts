import { describe, expect, it } from 'vitest';
import type { RunRecord } from '#dist/io/runRecord.js';
import { lineageTable } from '#dist/report/figures/lineage.js';

const file = (path: string, bytes: number, sha256?: string) => ({
  path,
  bytes,
  modified: 0,
  ...(sha256 && { sha256 }),
});
const record = (name: string, inputs?: RunRecord['inputs'], left?: RunRecord['left']): RunRecord =>
  ({ kind: 'pipeline', name, ...(inputs && { inputs }), ...(left && { left }) }) as RunRecord;

const HASH = 'ab'.repeat(32);

describe('lineageTable', () => {
  it('tells what each pipeline read and left, and who made what it read', () => {
    const parts = Array.from({ length: 12 }, (_, i) => file(`descriptors/part-${i}.parquet`, 1000, HASH));
    const table = lineageTable([
      record('describe', [file('../images.gz', 5_000_000_000)], parts),
      record('train', parts.slice(0, 2), [file('artifacts/digits/weights.bin', 2048, HASH)]),
    ])!;
    const cells = table.rows.map((row) => row.map((cell) => String(cell).replaceAll(/<[^>]*>/g, '|')));
    expect(cells).toEqual([
      ['|describe|', '../images.gz |5.0 GB|', 'descriptors/ |12 files, 12 kB|'],
      [
        '|train|',
        'descriptors/part-0.parquet |1.0 kB, abababab| |by describe||descriptors/part-1.parquet |1.0 kB, abababab| |by describe|',
        'artifacts/digits/weights.bin |2.0 kB, abababab|',
      ],
    ]);
  });

  it('says nothing where no record tells', () => {
    expect(lineageTable([record('old')])).toBeUndefined();
  });
});
