/** What `validate` finds of types, and what a run then does: the same. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  IntervalMonthDayNano,
  LargeList,
  LargeUtf8,
  List,
  type RecordBatch,
  Schema,
  Utf8,
} from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { concatenate } from '#dist/arrow/concatenate.js';
import { recordBatch } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { IpcEncoder } from '#dist/arrow/ipcEncoder.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import { openSource } from '#dist/io/open.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { columnOf } from '../support/batches.js';
import { temporaryFolder } from '../support/smallMnist.js';

const item = (type: DataType): Field => new Field('element', type, true);

async function planOn(folder: string, pipeline: string): Promise<Awaited<ReturnType<typeof planOf>>> {
  const text = `pipelines:\n  own:\n    source: { arrow: { path: in.arrows } }\n${pipeline}`;
  return planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
}

async function problems(schema: Schema, pipeline: string): Promise<string[]> {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'in.arrows'), concatenate(new IpcEncoder('in', schema, 'stream').finish()));
  const { diagnostics } = await planOn(folder, pipeline);
  return diagnostics.sorted().map(({ location, message }) => `${'line' in location ? location.line : ''} ${message}`);
}

describe('a plan', () => {
  it('asks the sinks whether they can write what comes to them', async () => {
    const schema = new Schema([new Field('span', new IntervalMonthDayNano(), true)]);
    expect(await problems(schema, "    sinks:\n      - parquet: { path: '${out}/a.parquet' }\n")).toEqual([
      expect.stringMatching(
        /^5 parquet: column span: interval<month_day_nano> cannot be written to Parquet here \(what arrives leaves source, .*p\.yaml:3:5\)$/,
      ),
    ]);
    expect(await problems(schema, "    sinks:\n      - arrow: { path: '${out}/a.arrow' }\n")).toEqual([]);
  });

  it('says of texts that they are not classes', async () => {
    const schema = new Schema([new Field('image', new Int64(), true), new Field('label', new Utf8(), true)]);
    const [problem] = await problems(schema, '    steps: [{ poolImages: { features: x } }]\n');
    expect(problem).toContain(
      'column label: expected uint8, found utf8: texts are not classes, which have numbers from 0 on',
    );
  });
});

const clouds = new Schema([
  new Field('image', new Int64(), true),
  new Field('points', new LargeList(item(new List(item(new Float64())))), true),
  new Field('species', new List(item(new Dictionary(new LargeUtf8(), new Int32(), 4))), true),
  new Field('name', new LargeUtf8(), true),
]);

function cloudsOf(first: number): RecordBatch {
  return recordBatch(clouds, 3, [
    columnOf(
      clouds.fields[0]!.type,
      [0n, 1n, 2n].map((row) => row + BigInt(first)),
    ),
    columnOf(clouds.fields[1]!.type, [[[0, 0, 0], [1, 0, 0]], [[0, 1, 0]], []]), // prettier-ignore
    columnOf(clouds.fields[2]!.type, [['C', 'O'], ['O'], []]), // prettier-ignore
    columnOf(clouds.fields[3]!.type, ['a', 'b', 'c']),
  ]);
}

describe('a run', () => {
  it.each([0, 2])('gives the schemas that the plan has told, whatever types come: %i workers', async (workers) => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'in.arrows'), encodeBatches([cloudsOf(0), cloudsOf(3)]));
    const steps = [
      '{ reservoirSample: { size: 5 } }',
      '{ soap: { rCut: 4, nMax: 2, lMax: 1, sigma: 0.5, species: [C, O] } }',
      '{ robustRescale: { fit: scaler } }',
      '{ compress: { fit: codes, components: 2 } }',
      '{ filter: { column: name, values: [a, b] } }',
    ];
    const { plan } = await planOn(
      folder,
      `    steps: [${steps.join(', ')}]\n    sinks: [{ arrow: { path: '\${out}/a.arrow' } }, { parquet: { path: '\${out}/a.parquet' } }]\n`,
    );
    const { steps: planned } = plan!.pipelines.get('own')!;
    await runPlan(plan!, { pipelines: ['own'], workers });
    const { schema, total } = await openSource(arrowSource, { path: join(folder, 'out', 'a.arrow') });
    expect(schemaDifference(planned.at(-1)!.output!, schema)).toBeUndefined();
    expect(total).toBe(5);
  });
});
