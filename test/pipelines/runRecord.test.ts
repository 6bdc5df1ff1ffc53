import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeSchema } from '#dist/arrow/describeSchema.js';
import { metricsSchema, pointCloudsSchema } from '#dist/arrow/schemas.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const TEXT = `
variables: { rows: 7, where: "\${out}/deep" }
profiles: { small: { rows: 3 } }
pipelines:
  clouds:
    description: Point clouds.
    source: { idx: { images: images, labels: labels } }
    steps: [{ decodeMnist: { batchRows: "\${rows}" } }, imageToXyz]
    sinks: [{ parquet: { path: "\${where}/clouds.parquet" } }, { arrow: { path: beside.arrow } }]
    metrics: { parquet: { path: "\${out}/metrics.parquet" } }
`;

/** What a record says of a file; its bytes are those that it has now. */
const stateOf = (path: string): object => ({
  path,
  bytes: expect.any(Number) as number,
  modified: expect.any(Number) as number,
  sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
});

it('a pipeline that has ended leaves a record, if it is asked for', async () => {
  const folder = temporaryFolder();
  writeSmallMnist(folder, 5);
  const { plan } = await planOf(TEXT, join(folder, 'p.yaml'), {
    outDirectory: join(folder, 'out'),
    profile: 'small',
    settings: ['clouds.decodeMnist.labels=true'],
  });
  await runPlan(plan!);
  const path = join(folder, 'out/runs/clouds.json');
  expect(existsSync(path)).toBe(false);

  const before = Date.now();
  const [report] = await runPlan(plan!, { record: true });
  const record = JSON.parse(readFileSync(path, 'utf8'));
  const [rows, arrow, metrics] = report!.outputs;
  const clouds = describeSchema(pointCloudsSchema).columns;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(record).toEqual({
    format: 1,
    kind: 'pipeline',
    name: 'clouds',
    description: 'Point clouds.',
    run: plan!.fingerprint,
    soapstream: version,
    node: process.version,
    file: 'p.yaml',
    profile: 'small',
    settings: ['clouds.decodeMnist.labels=true'],
    variables: { rows: 3, where: '${out}/deep' },
    definition: {
      description: 'Point clouds.',
      source: { idx: { images: 'images', labels: 'labels' } },
      steps: [{ decodeMnist: { batchRows: 3, labels: true } }, 'imageToXyz'],
      sinks: [{ parquet: { path: '${out}/deep/clouds.parquet' } }, { arrow: { path: 'beside.arrow' } }],
      metrics: { parquet: { path: '${out}/metrics.parquet' } },
    },
    dependsOn: [],
    started: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    seconds: report!.seconds,
    steps: report!.steps,
    inputs: ['../labels', '../images'].map(stateOf),
    left: ['deep/clouds.parquet', '../beside.arrow', 'metrics.parquet'].map(stateOf),
    outputs: [
      {
        path: 'deep/clouds.parquet',
        rows: 5,
        bytes: rows!.bytes,
        role: 'rows',
        holds: 'point clouds',
        columns: clouds,
      },
      { path: '../beside.arrow', rows: 5, bytes: arrow!.bytes, role: 'rows', holds: 'point clouds', columns: clouds },
      {
        path: 'metrics.parquet',
        rows: 0,
        bytes: metrics!.bytes,
        role: 'metrics',
        holds: 'metrics',
        columns: describeSchema(metricsSchema).columns,
      },
    ],
    artifacts: [],
  });
  expect(Date.parse(record.started)).toBeGreaterThanOrEqual(before);
});
