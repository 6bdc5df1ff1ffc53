import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;

/** Of a run of `soap` on an XYZ file. */
function run(xyz: string, source: string, soap: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'soapstream-notices-'));
  writeFileSync(join(folder, 'a.xyz'), xyz);
  const step = `soap: { rCut: 4, nMax: 2, lMax: 1, sigma: 0.5, species: [H, O], ${soap} }`;
  writeFileSync(
    join(folder, 'p.yaml'),
    `pipelines:\n  p:\n    source: { xyz: { path: a.xyz, ${source} } }\n    steps: [ ${step} ]\n    sinks: [ parquet: { path: out.parquet } ]\n`,
  );
  try {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return execFileSync(process.execPath, [CLI, 'run', 'p.yaml'], { cwd: folder, encoding: 'utf8', stdio: [...stdio] });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

describe('a run of molecules', () => {
  it('tells in the end what its source has left out', () => {
    const output = run(
      '2\n\nH 0 0 0\nO nan 0 1\n1\n\nH 0 0\n1\n\nH 0 0 0\n',
      'notFinite: leaveOut, damaged: leaveOut',
      '',
    );
    expect(output).toMatch(/^p: left out 1 point without finite coordinates, the first at .*a\.xyz:4: frame 0$/m);
    expect(output).toMatch(
      /^p: left out 1 damaged frame, the first at .*a\.xyz:7: frame 1: expected at least 4 columns, got 3$/m,
    );
  });

  it('says where to get the cell that periodic needs', () => {
    expect(run('1\n\nH 0 0 0\n', 'batchRows: 1', 'periodic: true')).toContain(
      'column cell: expected fixed_size_list<float64, 9>, but the stream has only image, points, species (for periodic: true; the source xyz gives it with cell: true)',
    );
  });
});
