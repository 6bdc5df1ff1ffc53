import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Dictionary, Field, Int32, type RecordBatch, Schema, Utf8, vectorFromArray } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordBatch } from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { PipelineError } from '#dist/errors.js';
import { ioContext } from '#dist/io/paths.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { PipelineMonitor } from '#dist/pipelines/monitor.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';
import { runPlan, type RunOptions } from '#dist/pipelines/runPlan.js';
import { cloudBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const SOAP = 'soap: { rCut: 20, nMax: 3, lMax: 3, sigma: 2 }';
const IMAGES = 'source: { idx: { images: images, labels: labels } }';

/** Trains on a sample, then tests on another, noisy one: every kind of step and artifact. */
const MAIN_JOB = `
variables: { batchRows: 64 }
pipelines:
  describe:
    ${IMAGES}
    steps:
      - decodeMnist: { batchRows: '\${batchRows}' }
      - imageToXyz
      - reservoirSample: { size: 600, seed: 1 }
      - ${SOAP}
    sinks: [{ parquet: { path: '\${out}/descriptors' } }]
  train:
    source: { parquet: { path: '\${out}/descriptors', batchRows: '\${batchRows}' } }
    steps:
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 12 }
      - classify: { fit: digits, features: code, layers: [16], epochs: 2, seed: 1 }
    sinks: [{ arrow: { path: '\${out}/trained.arrow' } }]
    metrics: { parquet: { path: '\${out}/metrics/train.parquet' } }
  test:
    ${IMAGES}
    steps:
      - decodeMnist: { batchRows: '\${batchRows}' }
      - imageToXyz: { sigmaDisturbance: 0.5, seed: 2 }
      - reservoirSample: { size: 200, seed: 2 }
      - ${SOAP}
      - robustRescale: { apply: scaler }
      - compress: { apply: pca }
      - classify: { apply: digits }
    sinks: [{ parquet: { path: '\${out}/predictions.parquet' } }]
    metrics: { parquet: { path: '\${out}/metrics/test.parquet' } }
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 100);
});

async function run(
  text: string,
  options: RunOptions & { settings?: string[]; out?: string } = {},
): Promise<PipelineReport[]> {
  const { settings = [], out = 'out', ...runOptions } = options;
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), {
    outDirectory: join(folder, out),
    settings,
  });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return runPlan(plan, runOptions);
}

/** Aborts when rows have left a first step, long before the last. */
async function abortAtFirstRows(monitor: PipelineMonitor, stop: AbortController, reason: Error): Promise<void> {
  while (!monitor.meters.some(({ rowsOut }) => rowsOut > 0)) await new Promise(setImmediate);
  stop.abort(reason);
}

async function rowsOf(path: string): Promise<RecordBatch[]> {
  const options = parquetSource.options.parse({ path: join(folder, path) });
  const source = await parquetSource.open(options, ioContext(folder));
  const batches: RecordBatch[] = [];
  for await (const batch of source.batches(new AbortController().signal)) batches.push(batch);
  return batches;
}

/** Every file below a folder, hidden ones too, with its bytes. */
function filesIn(path: string): Map<string, Buffer> {
  const root = join(folder, path);
  const entries = existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : [];
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [relative(root, file), readFileSync(file)]),
  );
}

describe('runPlan', () => {
  it('runs the main job: describe, train, test', async () => {
    const reports = await run(MAIN_JOB);
    expect(reports.map(({ pipeline }) => pipeline)).toEqual(['describe', 'train', 'test']);
    expect([...filesIn('out').keys()]).toEqual([
      'artifacts/digits/artifact.json',
      'artifacts/digits/model.json',
      'artifacts/digits/weights.bin',
      'artifacts/pca/artifact.json',
      'artifacts/pca/components.arrow',
      'artifacts/pca/mean.arrow',
      'artifacts/scaler/artifact.json',
      'artifacts/scaler/scaler.arrow',
      'descriptors/part-00000.parquet',
      'metrics/test.parquet',
      'metrics/train.parquet',
      'predictions.parquet',
      'trained.arrow',
    ]);
    const [predictions] = await rowsOf('out/predictions.parquet');
    expect(predictions!.numRows).toBe(200);
    expect(predictions!.schema.fields.map(({ name }) => name).slice(-3)).toEqual([
      'code',
      'predicted',
      'probabilities',
    ]);

    const hits = [...predictions!.getChild('label')!].filter(
      (label, row) => label === predictions!.getChild('predicted')!.get(row),
    ).length;
    const metrics = (await rowsOf('out/metrics/test.parquet'))
      .flatMap((batch) => batch.toArray())
      .map((row) => row.toJSON());
    expect(metrics.find(({ metric }) => metric === 'accuracy')).toMatchObject({
      pipeline: 'test',
      step: 'classify',
      epoch: null,
      value: hits / 200,
    });
    expect(metrics.filter(({ metric }) => metric === 'confusion').reduce((sum, { value }) => sum + value, 0)).toBe(200);
    const losses = reports[1]!.metrics.filter(({ metric }) => metric === 'loss');
    expect(losses.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  it('gives the same bytes whatever the batch size and the number of workers', async () => {
    await run(MAIN_JOB, { out: 'a', workers: 0, settings: ['batchRows=64'] });
    await run(MAIN_JOB, { out: 'b', workers: 2, settings: ['batchRows=7'], run: 'the same name' });
    await run(MAIN_JOB, { out: 'c', workers: 1, settings: ['batchRows=100'], run: 'the same name' });
    const [a, b, c] = [filesIn('a'), filesIn('b'), filesIn('c')];
    expect([...b.keys()]).toEqual([...a.keys()]);
    for (const [name, bytes] of c) {
      // Arrow files keep the batches as they come; their rows are the predictions' training rows, compared as Parquet elsewhere.
      if (name === 'trained.arrow') continue;
      expect(b.get(name)!.equals(bytes), name).toBe(true);
      // The run's name is part of the metrics; by default it is the configuration's, which differs here.
      if (!name.startsWith('metrics/')) expect(a.get(name)!.equals(bytes), name).toBe(true);
    }
  });

  it.each([0, 1, 2])('gives every row whole while the memory of batches goes round: %d workers', async (workers) => {
    const describing = (batchRows: number, more: string): string => `
    ${IMAGES}
    steps:
      - decodeMnist: { batchRows: 5 }
      - imageToXyz
      - soap: { rCut: 20, nMax: 3, lMax: 3, sigma: 2, batchRows: ${batchRows} }${more}`;
    await run(
      `
pipelines:
  reference:${describing(65_536, '')}
    sinks: [{ parquet: { path: '\${out}/reference.parquet' } }]
  written:${describing(32, '')}
    sinks: [{ parquet: { path: '\${out}/written.parquet' } }, { arrow: { path: '\${out}/written.arrows' } }]
  sampled:${describing(32, '\n      - reservoirSample: { size: 1000000 }')}
    sinks: [{ parquet: { path: '\${out}/sampled.parquet' } }]
`,
      { workers },
    );
    const files = filesIn('out');
    const reference = files.get('reference.parquet')!;
    expect(files.get('written.parquet')!.equals(reference)).toBe(true);
    expect(files.get('sampled.parquet')!.equals(reference)).toBe(true);
    const written = decodeBatches(files.get('written.arrows')!);
    expect(written.length).toBeGreaterThan(100);
    expect(plainRows(written)).toEqual(plainRows(await rowsOf('out/reference.parquet')));
  });

  it('writes every row to each of several sinks', async () => {
    await run(`
pipelines:
  a:
    ${IMAGES}
    steps: [decodeMnist, imageToXyz, { ${SOAP} }]
    sinks: [{ parquet: { path: '\${out}/one.parquet' } }, { parquet: { path: '\${out}/two' } }, { arrow: { path: '\${out}/three.arrow' } }]
`);
    const [one, two] = [await rowsOf('out/one.parquet'), await rowsOf('out/two')];
    const centers = (batches: RecordBatch[]): number[] =>
      batches.flatMap((batch) => [...(batch.getChild('center') as Iterable<number>)]);
    expect(centers(one).length).toBeGreaterThan(10_000);
    expect(centers(two)).toEqual(centers(one));
    expect(filesIn('out').get('three.arrow')!.length).toBeGreaterThan(1_000_000);
  });

  it('leaves no output when a step fails, and names pipeline, step and batch', async () => {
    writeFileSync(
      join(folder, 'failing.mjs'),
      `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
       import { map } from ${JSON.stringify(import.meta.resolve('rxjs'))};
       export default { name: 'failing', summary: 's', example: 'e', options: z.strictObject({}), reads: () => [], outputSchema: (input) => input,
         create: () => map((batch, i) => { if (i === 2) throw new Error('out of luck'); return batch; }) };`,
    );
    const failure = run(`
pipelines:
  a:
    ${IMAGES}
    steps: [decodeMnist: { batchRows: 10 }, imageToXyz, ./failing.mjs]
    sinks: [{ parquet: { path: '\${out}/a' } }, { arrow: { path: '\${out}/a.arrow' } }]
`);
    await expect(failure).rejects.toMatchObject({ code: 'badData', message: 'a › ./failing.mjs: out of luck' });
    expect([...filesIn('out').keys()]).toEqual([]);
  });

  it('keeps the earlier output of a pipeline that fails the next time', async () => {
    const text = `
pipelines:
  a:
    ${IMAGES}
    steps: [decodeMnist, imageToXyz]
    sinks: [{ parquet: { path: '\${out}/clouds' } }]
`;
    await run(text);
    const before = filesIn('out');
    writeFileSync(join(folder, 'images'), readFileSync(join(folder, 'images')).subarray(0, 50_000));
    await expect(run(text)).rejects.toThrow(
      'a › decodeMnist: images (images): expected 78400 bytes of data after the header, got 49984: the file is cut off',
    );
    expect(filesIn('out')).toEqual(before);
  });

  it('names the batch in errors that come from a worker thread', async () => {
    writeFileSync(
      join(folder, 'badCenters.mjs'),
      `import { Field, List, Uint32, vectorFromArray } from ${JSON.stringify(import.meta.resolve('apache-arrow'))};
       import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
       import { map } from ${JSON.stringify(import.meta.resolve('rxjs'))};
       import { changeFields, withColumns } from ${JSON.stringify(new URL('../../dist/arrow/fields.js', import.meta.url).href)};
       const type = new List(new Field('item', new Uint32(), false));
       const add = (schema) => changeFields(schema, { add: [new Field('centers', type, false)] });
       export default { name: 'badCenters', summary: 's', example: 'e', options: z.strictObject({}), reads: () => [], outputSchema: add,
         create: () => map((batch, i) => withColumns(batch, add(batch.schema), { centers: vectorFromArray(Array(batch.numRows).fill([i === 3 ? 999 : 0]), type).data[0] })) };`,
    );
    const failure = run(
      `pipelines: { a: { ${IMAGES}, steps: [decodeMnist: { batchRows: 10 }, imageToXyz, ./badCenters.mjs, { ${SOAP} }] } }`,
      { workers: 2 },
    );
    await expect(failure).rejects.toThrow(
      /^a › soap, batch 3, row 0 \(image 30\): centers: expected an index below \d+, the number of points, got 999$/,
    );
  });

  /** A module with an operator. */
  const operator = (create: string, outputSchema = '(input) => input'): string => `
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
    import * as rx from ${JSON.stringify(import.meta.resolve('rxjs'))};
    export default { name: 'own', summary: 's', example: 'e', options: z.strictObject({}), reads: () => [], outputSchema: ${outputSchema}, create: () => ${create} };`;

  describe.each([0, 1])('with %i workers', (workers) => {
    const describeAnd = async (step: string): Promise<unknown[]> => {
      const steps = `[decodeMnist: { batchRows: 3 }, imageToXyz, { soap: { rCut: 20, nMax: 2, lMax: 1, sigma: 2, batchRows: 16 } }${step}]`;
      await run(`pipelines: { a: { ${IMAGES}, steps: ${steps}, sinks: [{ arrow: { path: '\${out}/a.arrow' } }] } }`, {
        workers,
      });
      const batches = decodeBatches(readFileSync(join(folder, 'out/a.arrow')));
      return plainRows(batches).map(({ soap }) => soap);
    };

    it('leaves alone what an operator still holds', async () => {
      const once = await describeAnd('');
      // Every batch as it comes, and all of them once more at the end.
      const again = operator(
        '(source) => rx.defer(() => { const held = []; return rx.concat(source.pipe(rx.tap((batch) => held.push(batch))), rx.defer(() => rx.from(held))); })',
      );
      writeFileSync(join(folder, 'again.mjs'), again);
      expect(await describeAnd(', ./again.mjs')).toEqual([...once, ...once]);
    });

    it('leaves alone what an operator has a view of', async () => {
      const once = await describeAnd('');
      expect(await describeAnd(', select: { columns: [soap] }')).toEqual(once);
      // A batch later than it came: by then the memory of the one before may have been given back.
      writeFileSync(
        join(folder, 'late.mjs'),
        operator(
          '(source) => rx.concat(source, rx.of(undefined)).pipe(rx.startWith(undefined), rx.pairwise(), rx.map(([before]) => before), rx.filter((batch) => batch !== undefined))',
        ),
      );
      expect(await describeAnd(', select: { columns: [soap] }, ./late.mjs')).toEqual(once);
    });
  });

  it.each([0, 1])('keeps the dictionaries of batches that have gone: %i workers', async (workers) => {
    const type = new Dictionary(new Utf8(), new Int32());
    const clouds = cloudBatch(Array.from({ length: 12 }, () => 3));
    const names = Array.from({ length: 12 }, (_, row) => `molecule ${row % 5}`);
    const field = new Field('name', type, false);
    const schema = new Schema([...clouds.schema.fields, field]);
    const named = recordBatch(schema, 12, [...clouds.data.children, vectorFromArray(names, type).data[0]!]);
    writeFileSync(join(folder, 'named.arrows'), encodeBatches(split(named, 4, 8)));
    const sinks = '[{ arrow: { path: "${out}/a.arrow" } }]';
    const step = 'soap: { rCut: 5, nMax: 2, lMax: 1, sigma: 2, batchRows: 2 }';
    await run(
      `pipelines: { a: { source: { arrow: { path: named.arrows } }, steps: [{ ${step} }], sinks: ${sinks} } }`,
      {
        workers,
      },
    );
    const batches = decodeBatches(readFileSync(join(folder, 'out/a.arrow')));
    expect(plainRows(batches).map(({ name }) => name)).toEqual(names.flatMap((name) => [name, name, name]));
  });

  it('catches operators that break the contract, by name', async () => {
    const runOwn = async (module: string, source: string): Promise<unknown> => {
      writeFileSync(join(folder, module), source);
      return run(
        `pipelines: { a: { ${IMAGES}, steps: [decodeMnist, ./${module}], sinks: [{ arrow: { path: '\${out}/a.arrow' } }] } }`,
      );
    };
    await expect(runOwn('late.mjs', operator('rx.delay(1)'))).rejects.toMatchObject({
      code: 'misbehavingOperator',
      message: expect.stringMatching(
        /^a › \.\/late\.mjs: (emitted outside its turn|did not complete when its input did)/,
      ),
    });
    await expect(
      runOwn('liar.mjs', operator('(source) => source', '(input) => input.select(["image"])')),
    ).rejects.toMatchObject({
      code: 'misbehavingOperator',
      message:
        'a › ./liar.mjs: its outputSchema and its batches differ: the schema changed within the stream: columns: expected image, found image, label, pixels',
    });
  });

  it('stops when the signal is aborted, throws its reason, and removes what is partial', async () => {
    const stop = new AbortController();
    const running = run(
      `pipelines: { a: { ${IMAGES}, steps: [decodeMnist: { batchRows: 4 }, imageToXyz, { ${SOAP} }], sinks: [{ parquet: { path: '\${out}/a' } }] } }`,
      {
        workers: 1,
        signal: stop.signal,
        onStart: (monitor) => void abortAtFirstRows(monitor, stop, new PipelineError('interrupted', 'enough')),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'interrupted', message: 'enough' });
    expect([...filesIn('out').keys()]).toEqual([]);
  });

  it('stops when the signal is aborted while sinks are opened', async () => {
    const reason = new PipelineError('interrupted', 'enough');
    const text = `pipelines: { a: { ${IMAGES}, steps: [decodeMnist], sinks: [{ parquet: { path: '\${out}/a' } }, { arrow: { path: '\${out}/a.arrow' } }] } }`;
    const stop = new AbortController();
    await expect(run(text, { signal: stop.signal, onStart: () => stop.abort(reason) })).rejects.toBe(reason);
    expect([...filesIn('out').keys()]).toEqual([]);
  });

  it('says which pipeline to run first when an input is missing', async () => {
    await expect(run(MAIN_JOB, { pipelines: ['train'] })).rejects.toMatchObject({
      code: 'missingInput',
      message: expect.stringMatching(
        /^train: reads .*descriptors, which describe makes: run describe first, or together: soapstream run .* describe train$/,
      ),
    });
    await expect(run(MAIN_JOB, { pipelines: ['trian'] })).rejects.toMatchObject({
      code: 'badOption',
      message: expect.stringMatching(/^there is no pipeline trian in /),
    });
  });

  it('applies an artifact that an earlier run left', async () => {
    await run(MAIN_JOB, { pipelines: ['describe', 'train'] });
    const [report] = await run(MAIN_JOB, { pipelines: ['test'] });
    expect(report!.metrics[0]).toMatchObject({ pipeline: 'test', metric: 'accuracy' });
  });

  it('refuses to fit on an empty stream', async () => {
    writeSmallMnist(folder, 0);
    const running = run(
      `pipelines: { a: { ${IMAGES}, steps: [decodeMnist, imageToXyz, { ${SOAP} }, { robustRescale: { fit: s } }] } }`,
    );
    await expect(running).rejects.toMatchObject({
      code: 'badData',
      message: 'a › robustRescale: expected rows to fit on, the stream is empty',
    });
    expect([...filesIn('out').keys()]).toEqual([]);
  });

  it('writes an empty stream as a file with columns and no rows', async () => {
    writeSmallMnist(folder, 0);
    const [report] = await run(
      `pipelines: { a: { ${IMAGES}, steps: [decodeMnist, imageToXyz, { ${SOAP} }], sinks: [{ parquet: { path: '\${out}/a.parquet' } }] } }`,
    );
    expect(report!.outputs).toMatchObject([{ rows: 0 }]);
    expect(await rowsOf('out/a.parquet')).toEqual([]);
  });

  it('applies an artifact in the pipeline that fits it', async () => {
    await run(`
pipelines:
  a:
    ${IMAGES}
    steps:
      - decodeMnist
      - imageToXyz
      - reservoirSample: { size: 300 }
      - ${SOAP}
      - compress: { fit: c, components: 24 }
      - compress: { apply: c, invert: true }
        id: back
    sinks: [{ parquet: { path: '\${out}/back.parquet' } }]
`);
    const [batch] = await rowsOf('out/back.parquet');
    expect(batch!.schema.fields.at(-1)!.name).toBe('soap');
    expect(batch!.numRows).toBe(300);
  });

  it('finds an output that cannot be written before it reads anything, and leaves none of the others', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const running = run(`
pipelines:
  a:
    ${IMAGES}
    steps: [decodeMnist, imageToXyz, { ${SOAP} }, { robustRescale: { fit: s } }]
    sinks: [{ arrow: { path: '\${out}/a.arrow' } }]
    metrics: { parquet: { path: taken/metrics.parquet } }
`);
    await expect(running).rejects.toThrow(/^a: .*taken\/metrics\.parquet: cannot be written/);
    expect([...filesIn('out').keys()]).toEqual([]);
  });

  it('gives no metrics of a test for the rows that were trained on', async () => {
    const [, report] = await run(MAIN_JOB, { pipelines: ['describe', 'train'] });
    expect(new Set(report!.metrics.map(({ metric }) => metric))).toEqual(
      new Set(['explainedVariance', 'loss', 'validationLoss', 'validationAccuracy', 'bestEpoch']),
    );
  });

  it('tells a mistake in an operator from bad data', async () => {
    writeFileSync(
      join(folder, 'mistaken.mjs'),
      `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
       import { map } from ${JSON.stringify(import.meta.resolve('rxjs'))};
       export default { name: 'mistaken', summary: 's', example: 'e', options: z.strictObject({}), reads: () => [], outputSchema: (input) => input,
         create: () => map((batch) => batch.nothing.there) };`,
    );
    const running = run(`pipelines: { a: { ${IMAGES}, steps: [decodeMnist, ./mistaken.mjs] } }`);
    await expect(running).rejects.toMatchObject({ code: 'internal', cause: expect.any(TypeError) });
  });

  it.each([-1, 1.5, NaN])('refuses %d workers', async (workers) => {
    await expect(run(MAIN_JOB, { workers })).rejects.toMatchObject({
      code: 'badOption',
      message: `workers: expected a whole number ≥ 0, got ${workers}`,
    });
  });

  it('never has more than a few batches under way', async () => {
    writeSmallMnist(folder, 400);
    let mostInFlight = 0;
    await run(
      `pipelines: { a: { ${IMAGES}, steps: [decodeMnist: { batchRows: 5 }, imageToXyz, { ${SOAP} }], sinks: [{ parquet: { path: '\${out}/a' } }] } }`,
      {
        workers: 2,
        onStart: (monitor) => {
          const timer = setInterval(() => {
            const [decoded, soap] = ['decodeMnist', 'soap'].map((id) =>
              monitor.meters.find((meter) => meter.id === id),
            );
            if (decoded && soap)
              mostInFlight = Math.max(mostInFlight, (decoded.rowsOut - soap.rowsIn) / 5 + soap.inFlight);
          }, 5);
          timer.unref();
        },
      },
    );
    // Two tasks a thread, and one batch on its way to them.
    expect(mostInFlight).toBeGreaterThan(0);
    expect(mostInFlight).toBeLessThanOrEqual(6);
  });
});
