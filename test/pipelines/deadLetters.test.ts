import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RecordBatch } from 'apache-arrow';
import { Field, List, Utf8, vectorFromArray } from 'apache-arrow';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { column, flatValues, listElements, listOffsets } from '#dist/arrow/columns.js';
import { gather } from '#dist/arrow/gather.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { writeBatches } from '#dist/io/open.js';
import { ioContext } from '#dist/io/paths.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { readRunRecord } from '#dist/io/runRecord.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';
import { runPlan, type RunOptions } from '#dist/pipelines/runPlan.js';
import { runSweep } from '#dist/sweeps/runSweep.js';
import { cloudBatch, withColumn } from '../support/batches.js';
import { plainRows, type PlainRow } from '../support/plainRows.js';
import { temporaryFolder } from '../support/smallMnist.js';

const CLI = new URL('../../dist/cli.js', import.meta.url).pathname;
const SOAP = 'soap: { rCut: 5, nMax: 2, lMax: 1, sigma: 0.5, species: [H, O], batchRows: 5 }';

const BAD_SPECIES = [2, 3, 11, 39];
const NOT_FINITE = [0, 12, 13, 14];
const BAD = [...BAD_SPECIES, ...NOT_FINITE].toSorted((a, b) => a - b);

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** Forty molecules of 1 to 6 points, of which some have a species that nobody declares, and some a point that is nowhere. */
function molecules(): RecordBatch {
  const sizes = Array.from({ length: 40 }, (_, i) => 1 + ((i * 5) % 6));
  const clouds = cloudBatch(sizes, 4);
  const points = column(clouds, 'points');
  for (const row of NOT_FINITE) (flatValues(listElements(points)) as Float64Array)[3 * listOffsets(points)[row]!] = NaN;
  const type = new List(new Field('item', new Utf8(), false));
  const species = sizes.map((size, row) =>
    Array.from({ length: size }, (_, i) => (i === 0 && BAD_SPECIES.includes(row) ? 'Xx' : i % 2 === 0 ? 'O' : 'H')),
  );
  return withColumn(clouds, new Field('species', type, false), vectorFromArray(species, type).data[0]!);
}

function withoutBad(batch: RecordBatch): RecordBatch {
  const rows = Uint32Array.from({ length: batch.numRows }, (_, row) => row).filter((row) => !BAD.includes(row));
  return gather([batch], { sources: new Uint8Array(rows.length), rows, length: rows.length });
}

/** A pipeline file over `clouds.parquet`, or over another source. */
const fileOf = (lines: readonly string[], steps: readonly string[] = [SOAP], source?: string): string => `
pipelines:
  p:
    source: ${source ?? "{ parquet: { path: '${out}/../clouds.parquet', batchRows: 64 } }"}
    steps:
${steps.map((step) => `      - ${step}\n`).join('')}    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
${lines.map((line) => `    ${line}\n`).join('')}`;

const DEAD = "deadLetters: { parquet: { path: '${out}/dead.parquet' } }";
const LETTERED = fileOf(['onError: deadLetter', DEAD]);

type Options = RunOptions & { settings?: string[]; out?: string };

async function run(text: string, { settings = [], out = 'out', ...options }: Options = {}): Promise<PipelineReport> {
  const outDirectory = join(folder, out);
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory, settings });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const [report] = await runPlan(plan, options);
  return report!;
}

async function problems(text: string): Promise<string[]> {
  const { diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
  return diagnostics.sorted().map(({ location, message }) => {
    const at = 'line' in location ? `${location.line}:${location.column}` : location.argument;
    return `${at} ${message}`;
  });
}

async function rowsOf(path: string): Promise<PlainRow[]> {
  const options = parquetSource.options.parse({ path: join(folder, path) });
  const source = await parquetSource.open(options, ioContext(folder));
  const batches: RecordBatch[] = [];
  for await (const batch of source.batches(new AbortController().signal)) batches.push(batch);
  return plainRows(batches);
}

const bytesOf = (path: string): Buffer => readFileSync(join(folder, path));
const writeClouds = (batch: RecordBatch): Promise<unknown> =>
  writeBatches(parquetSink, { path: join(folder, 'clouds.parquet') }, [batch]);

describe('a pipeline with onError: deadLetter', () => {
  it('gives the rows that do not fail as if the others had never been there, and a letter for each that does', async () => {
    await writeClouds(withoutBad(molecules()));
    await run(fileOf([]), { out: 'good', workers: 0 });
    await writeClouds(molecules());
    const letters: Buffer[] = [];
    for (const batchRows of [1, 3, 64]) {
      const settings = [`p.source.batchRows=${batchRows}`];
      for (const workers of [0, 2]) {
        const out = `out-${batchRows}-${workers}`;
        await run(LETTERED, { out, workers, settings });
        expect(bytesOf(`${out}/rows.parquet`).equals(bytesOf('good/rows.parquet'))).toBe(true);
        const found = await rowsOf(`${out}/dead.parquet`);
        expect(found.map(({ image }) => image)).toEqual(BAD);
        expect(found.map(({ batch, row }) => Number(batch) * batchRows + Number(row))).toEqual(BAD);
        letters.push(bytesOf(`${out}/dead.parquet`));
      }
      expect(letters.at(-1)!.equals(letters.at(-2)!)).toBe(true);
    }
  });

  it('tells of each row where it was, why it failed, and what it was', async () => {
    await writeClouds(molecules());
    await run(LETTERED, { workers: 0 });
    const [first, second] = await rowsOf('out/dead.parquet');
    expect(first).toMatchObject({
      pipeline: 'p',
      step: 'soap',
      batch: 0,
      row: 0,
      image: 0,
      file: null,
      frame: null,
      line: null,
      code: 'badData',
      message: 'points[0]: expected a finite coordinate, got NaN',
    });
    expect(second!.message).toBe('point 0: expected one of the declared species H, O, got "Xx"');
    const { points, species, ...rest } = JSON.parse(second!.record as string) as PlainRow;
    expect(rest).toEqual({ image: 2, label: 2 });
    expect(species).toEqual(['Xx', 'H', 'O', 'H', 'O']);
    expect(points).toEqual(plainRows([molecules()])[2]!.points);
    expect(JSON.parse(first!.record as string)).toMatchObject({
      points: [['NaN', expect.any(Number), expect.any(Number)]],
    });
  });

  it('takes what its source cannot read', async () => {
    const frame = (first: string): string => `2\nProperties=species:S:1:pos:R:3\n${first}\nH 1 0 0\n`;
    const frames = ['O 0 0 0', 'O 0 0', 'Xx 0 0 0', 'O 0 nan 0', 'O 0 0 0.5'].map(frame);
    writeFileSync(join(folder, 'a.xyz'), frames.join(''));
    const source = "{ xyz: { path: '${out}/../a.xyz', origin: true } }";
    const report = await run(fileOf(['onError: deadLetter', DEAD], [SOAP], source));
    const letters = await rowsOf('out/dead.parquet');
    expect(letters.map(({ step, file, frame: of, line }) => [step, file, of, line])).toEqual([
      ['xyz', 'a.xyz', 1, 7],
      ['xyz', 'a.xyz', 3, 15],
      ['soap', 'a.xyz', 2, null],
    ]);
    expect(letters[0]).toMatchObject({ batch: null, row: null, image: null, record: '"O 0 0"' });
    expect(letters[0]!.message).toMatch(/a\.xyz:7: frame 1: expected 4 columns, got 3$/);
    expect((await rowsOf('out/rows.parquet')).map(({ frame: of }) => of)).toEqual([0, 0, 4, 4]);
    expect(report.notices).toEqual(['3 dead letters (xyz 2, soap 1) of 5 rows that were read']);
  });

  it('has letters of several steps in their order, and a fit learns from the rows that are left', async () => {
    const picky = new URL('../operators/modules/picky.mjs', import.meta.url).pathname;
    const text = fileOf(
      ['onError: deadLetter', DEAD],
      [SOAP, 'robustRescale: { fit: scaler }', `{ ${picky}: {} }`, 'filter: { column: image, from: 10 }'],
    );
    await writeClouds(molecules());
    for (const workers of [0, 2])
      await run(text, { workers, out: `out${workers}`, settings: ['p.source.batchRows=9'] });
    for (const file of ['rows.parquet', 'dead.parquet', 'artifacts/scaler/scaler.arrow'])
      expect(bytesOf(`out0/${file}`).equals(bytesOf(`out2/${file}`)), file).toBe(true);
    const letters = await rowsOf('out0/dead.parquet');
    const [ofSoap, ofPicky] = ['soap', picky].map((id) => letters.filter(({ step }) => step === id));
    expect(letters).toEqual([...ofSoap!, ...ofPicky!]);
    expect(ofSoap!.map(({ image }) => image)).toEqual(BAD);
    expect(new Set(ofPicky!.map(({ image }) => image))).toEqual(new Set([9, 19, 29])); // of 39 there is nothing left
    expect(ofPicky![0]).toMatchObject({ code: 'badData', message: 'no image may end in 9' });
    const images = new Set((await rowsOf('out0/rows.parquet')).map(({ image }) => image as number));
    expect([...images].filter((image) => image < 10 || image % 10 === 9 || BAD.includes(image))).toEqual([]);
  });

  it('leaves a step out that says stop, and may be said by a step alone', async () => {
    await writeClouds(molecules());
    const stopping = fileOf(
      ['onError: deadLetter', DEAD],
      [`{ ${SOAP}, onError: stop }`, 'select: { columns: [image] }'],
    );
    await expect(run(stopping, { workers: 0 })).rejects.toThrow('p › soap, batch 0, row 0 (image 0): points[0]');
    const alone = fileOf([DEAD], [`{ ${SOAP}, id: expand, onError: deadLetter }`]);
    const { steps } = await run(alone, { workers: 0 });
    expect(steps.find(({ id }) => id === 'expand')).toMatchObject({ rowsIn: 40, deadLetters: BAD.length });
  });

  it('writes letters without rows where nothing failed, in place of earlier ones', async () => {
    await writeClouds(molecules());
    await run(LETTERED, { workers: 0 });
    await writeClouds(withoutBad(molecules()));
    const { notices, outputs } = await run(LETTERED, { workers: 0, record: true });
    expect(await rowsOf('out/dead.parquet')).toEqual([]);
    expect(notices).toEqual(['0 dead letters of 32 rows that were read']);
    expect(outputs.at(-1)).toMatchObject({ role: 'deadLetters', holds: 'dead letters', rows: 0 });
  });

  it('may say stop by a variable, and then stops at the first', async () => {
    await writeClouds(molecules());
    const text = `variables: { then: deadLetter }\n${fileOf(["onError: '${then}'", DEAD])}`;
    await expect(run(text, { workers: 0, settings: ['then=stop'] })).rejects.toThrow('p › soap, batch 0, row 0');
    expect((await run(text, { workers: 0 })).outputs.at(-1)!.rows).toBe(BAD.length);
  });

  it('counts in its record how many rows of each step failed', async () => {
    await writeClouds(molecules());
    await run(LETTERED, { workers: 2, record: true });
    const { steps, outputs } = await readRunRecord(join(folder, 'out/runs/p.json'));
    expect(steps.map(({ id, rowsIn, rowsOut, deadLetters }) => [id, rowsIn, rowsOut, deadLetters])).toEqual([
      ['parquet', 0, 40, 0],
      ['soap', 40, 114, 8],
      ['→ parquet', 114, 114, undefined],
      ['→ parquet', 8, 8, undefined],
    ]);
    expect(outputs.map(({ path, rows }) => [path, rows])).toEqual([
      ['rows.parquet', 114],
      ['dead.parquet', 8],
    ]);
  });

  it('serves those who read its letters', async () => {
    await writeClouds(molecules());
    const reader =
      "\n  q:\n    source: { parquet: { path: '${out}/dead.parquet' } }\n    sinks: [{ parquet: { path: '${out}/q.parquet' } }]\n";
    await run(LETTERED + reader, { workers: 0 });
    expect(await rowsOf('out/q.parquet')).toEqual(await rowsOf('out/dead.parquet'));
  });

  it('has letters in each trial of a sweep', async () => {
    await writeClouds(molecules());
    const text =
      'variables: { sigma: 0.5 }\n' +
      LETTERED.replace('sigma: 0.5', 'sigma: "${sigma}"')
        .replaceAll('${out}/rows', '${trialOut}/rows')
        .replaceAll('${out}/dead', '${trialOut}/dead') +
      'sweeps:\n  s: { pipelines: [p], over: { sigma: [0.4, 0.6] } }\n';
    const { plan } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
    await runSweep(plan!, 's', { workers: 2 });
    for (const trial of ['trial-0', 'trial-1']) {
      const found = readdirSync(join(folder, 'out/s'), { recursive: true }).map(String);
      const path = found.find((each) => each.includes(trial.slice(6)) && each.endsWith('dead.parquet'));
      expect((await rowsOf(`out/s/${path}`)).map(({ image }) => image)).toEqual(BAD);
    }
  });
});

describe('maxErrors', () => {
  it.each([0, 2])(
    'stops when more rows fail than it says, with %i workers, and leaves earlier outputs',
    async (workers) => {
      await writeClouds(molecules());
      await run(LETTERED, { workers });
      const before = bytesOf('out/dead.parquet');
      const few = fileOf(['onError: deadLetter', DEAD, 'maxErrors: 7']);
      await expect(run(few, { workers, settings: ['p.source.batchRows=10'] })).rejects.toMatchObject({
        code: 'badData',
        message:
          'p: maxErrors: expected at most 7 rows to fail, got 8 with those in soap; the last: batch 3, row 9 (image 39): point 0: expected one of the declared species H, O, got "Xx"',
      });
      expect(bytesOf('out/dead.parquet').equals(before)).toBe(true);
      expect(readdirSync(join(folder, 'out'))).toEqual(['dead.parquet', 'rows.parquet']);
      await expect(run(fileOf(['onError: deadLetter', DEAD, 'maxErrors: 8']), { workers })).resolves.toBeDefined();
    },
  );

  it('may be a share of the rows of a step', async () => {
    await writeClouds(molecules());
    await expect(run(fileOf(['onError: deadLetter', DEAD, 'maxErrors: 0.2']), { workers: 0 })).resolves.toBeDefined();
    await expect(run(fileOf(['onError: deadLetter', DEAD, 'maxErrors: 0.19']), { workers: 0 })).rejects.toThrow(
      'p: maxErrors: expected at most the share 0.19 of the rows to fail, got 8 of 40 in soap',
    );
    expect(readdirSync(join(folder, 'out'))).toEqual(['dead.parquet', 'rows.parquet']);
  });
});

describe('validate', () => {
  it.each([
    [
      'a step that keeps rows of earlier batches',
      fileOf([DEAD], [SOAP, '{ reservoirSample: { size: 5 }, onError: deadLetter }']),
      '7:50 reservoirSample.onError: the step needs the batches before it, so that it cannot go on without some rows; leave it at stop',
    ],
    [
      'a fit',
      fileOf([DEAD], [SOAP, '{ robustRescale: { fit: scaler }, onError: deadLetter }']),
      '7:52 robustRescale.onError: the step fits on the whole stream, so that it cannot go on without some rows; leave it at stop',
    ],
    [
      'a pipeline without a sink for them',
      fileOf(['onError: deadLetter']),
      '3:3 p: expected deadLetters, a sink for the rows that fail, since onError is deadLetter',
    ],
    [
      'a sink without letters',
      fileOf([DEAD]),
      '8:5 p.deadLetters: expected onError: deadLetter, on the pipeline or a step',
    ],
    [
      'a limit without letters',
      fileOf(['maxErrors: 3']),
      '8:5 p.maxErrors: expected onError: deadLetter, on the pipeline or a step',
    ],
    [
      'a pipeline where it means nothing',
      fileOf(['onError: deadLetter', DEAD], ['reservoirSample: { size: 5 }']),
      '8:14 p.onError: neither the source nor any step can go on without some rows; leave it at stop',
    ],
    [
      'another word',
      fileOf(['onError: skip', DEAD]),
      '8:14 pipelines.p.onError: expected stop or deadLetter, got "skip"',
    ],
    [
      'a limit that is neither a count nor a share',
      fileOf(['onError: deadLetter', DEAD, 'maxErrors: 1.5']),
      '10:16 pipelines.p.maxErrors: expected a whole number, or a share below 1, got 1.5',
    ],
    [
      'letters over rows',
      fileOf(['onError: deadLetter', DEAD.replace('dead.parquet', 'rows.parquet')]),
      expect.stringContaining('is already made by this pipeline') as string,
    ],
  ])('refuses %s', async (_what, text, message) => {
    await writeClouds(molecules());
    expect(await problems(text)).toEqual([message]);
  });
});

describe('a run that is killed', () => {
  it('leaves no letters, and the next one all of them', async () => {
    const text = fileOf(['onError: deadLetter', DEAD], [SOAP], '{ arrow: { path: "-" } }');
    writeFileSync(join(folder, 'p.yaml'), text);
    const stream = encodeBatches([molecules(), withoutBad(molecules())]);
    const start = (): ChildProcess => {
      const child = spawn(process.execPath, [CLI, 'run', 'p.yaml', '--workers', '0'], {
        cwd: folder,
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const hidden = (): string[] =>
      existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter((name) => name.startsWith('.')) : [];
    const killed = start();
    killed.stdin!.write(stream.subarray(0, stream.length - 8)); // without its end
    while (!hidden().some((name) => name.includes('spill'))) await setTimeout(20);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.'))).toEqual([]);
    const next = start();
    next.stdin!.end(stream);
    expect(await once(next, 'exit')).toEqual([0, null]);
    expect((await rowsOf('out/dead.parquet')).map(({ image }) => image)).toEqual(BAD);
    expect(hidden()).toEqual([]);
  });
});

describe('a sink for letters', () => {
  it('may be an Arrow file', async () => {
    await writeClouds(molecules());
    const text = fileOf(['onError: deadLetter', "deadLetters: { arrow: { path: '${out}/dead.arrow' } }"]);
    const { outputs } = await run(text, { workers: 0 });
    expect(outputs.at(-1)).toMatchObject({ path: join(folder, 'out/dead.arrow'), rows: BAD.length });
  });
});

describe('a limited run', () => {
  it('has no letters of frames behind its last row, whatever the batches', async () => {
    const good = '1\n\nH 0 0 0\n';
    const bad = '1\n\nH 0 zero 0\n';
    writeFileSync(join(folder, 'm.xyz'), `${bad}${good}${bad}${good}${bad}${good}${bad}`);
    for (const batchRows of [1, 2, 64]) {
      const text = fileOf(['onError: deadLetter', DEAD], [SOAP], `{ xyz: { path: m.xyz, batchRows: ${batchRows} } }`);
      const outDirectory = join(folder, 'out');
      const { plan } = await planOf(text, join(folder, 'p.yaml'), { outDirectory, limit: 2 });
      await runPlan(plan!, { workers: 0 });
      expect((await rowsOf('out/dead.parquet')).map(({ frame }) => frame)).toEqual([0, 2]);
      expect(await rowsOf('out/rows.parquet')).toHaveLength(2);
    }
  });
});
