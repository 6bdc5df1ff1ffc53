import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { RecordBatchReader, RecordBatchStreamWriter, tableFromIPC, type RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { column } from '#dist/arrow/columns.js';
import { IpcEncoder } from '#dist/arrow/ipcEncoder.js';
import { loadPlan } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { cloudBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { writeSmallMnist } from '../support/smallMnist.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

const PIPELINES = `
pipelines:
  images:
    source: { idx: { images: images, labels: labels } }
    steps: [{ decodeMnist: { batchRows: 4 } }]
    sinks: [{ arrow: { path: '\${out}/images.arrows' } }]
  fit:
    source: { arrow: { path: '\${out}/images.arrows' } }
    steps:
      - imageToXyz
      - soap: { rCut: 20, nMax: 3, lMax: 2, sigma: 2, kernel: plain }
      - robustRescale: { fit: scaler }
      - classify: { fit: digits, layers: [8], epochs: 2 }
  test:
    source: { arrow: { path: '\${out}/images.arrows' } }
    steps:
      - imageToXyz
      - soap: { rCut: 20, nMax: 3, lMax: 2, sigma: 2, kernel: plain }
      - robustRescale: { apply: scaler }
      - classify: { apply: digits }
    sinks: [{ arrow: { path: '\${out}/predictions.arrows' } }]
    metrics: { parquet: { path: '\${out}/metrics.parquet' } }
  lettered:
    source: { arrow: { path: '\${out}/images.arrows' } }
    onError: deadLetter
    steps:
      - imageToXyz
      - soap: { rCut: 20, nMax: 3, lMax: 2, sigma: 2, kernel: plain }
      - robustRescale: { apply: scaler }
      - classify: { apply: digits }
    deadLetters: { arrow: { path: '\${out}/dead.arrows' } }
  sampled:
    source: { arrow: { path: '\${out}/images.arrows' } }
    steps: [imageToXyz, { reservoirSample: { size: 10 } }, { select: { columns: [image] } }]
    sinks: [{ arrow: { path: '\${out}/sampled.arrows' } }]
`;

let folder: string;
let images: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'soapstream-'));
  writeSmallMnist(folder, 20);
  const file = join(folder, 'pipelines.yaml');
  writeFileSync(file, PIPELINES);
  const { plan } = await loadPlan(file, { outDirectory: join(folder, 'out') });
  await runPlan(plan!, { pipelines: ['images', 'fit', 'test'], workers: 0 });
  images = readFileSync(join(folder, 'out/images.arrows'));
});
const running: (() => void)[] = [];
afterAll(() => {
  for (const stop of running) stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function segment(args: readonly string[], input: Buffer = images): Promise<Ended> {
  return soapstream(['segment', 'pipelines.yaml', ...args], input, folder);
}

function soapstream(args: readonly string[], input: Buffer, cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd });
  running.push(() => child.kill('SIGKILL'));
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    ),
  );
}

const linesOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const rowsOf = (stream: Buffer): unknown => plainRows(tableFromIPC(stream).batches);

describe('soapstream segment', () => {
  it('gives the bytes of the run, whatever part of it runs where', async () => {
    const whole = await segment(['test', '--report', 'whole.jsonl']);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout.equals(readFileSync(join(folder, 'out/predictions.arrows')))).toBe(true);
    const described = await segment(['test', '--to', 'soap']);
    const predicted = await segment(['test', '--from', 'robustRescale'], described.stdout);
    expect(predicted.stdout.equals(whole.stdout)).toBe(true);
  });

  it('tells the counts of rows at the end, and the metrics of the run', async () => {
    const { stdout } = await segment(['test', '--report', 'counts.jsonl']);
    const lines = linesOf('counts.jsonl');
    expect(lines[0]).toMatchObject({
      type: 'hello',
      pipeline: 'test',
      steps: ['imageToXyz', 'soap', 'robustRescale', 'classify'],
    });
    const { numRows, batches } = tableFromIPC(stdout);
    expect(lines.at(-1)).toEqual({
      type: 'end',
      batchesIn: 5,
      rowsIn: 20,
      batchesOut: batches.length,
      rowsOut: numRows,
    });
    const metrics = lines.filter(({ type }) => type === 'metric');
    const { plan } = await loadPlan(join(folder, 'pipelines.yaml'), { outDirectory: join(folder, 'out') });
    const [report] = await runPlan(plan!, { pipelines: ['test'], workers: 2 });
    expect(metrics.map(({ type: _type, ...metric }) => metric)).toEqual(
      report!.metrics.map(({ run: _run, pipeline: _pipeline, ...metric }) => metric),
    );
  });

  it('tells of each batch when all that came of it has been written, before the next has come', async () => {
    const clouds = cloudBatch([3, 2, 4, 1]);
    const child = spawn(
      process.execPath,
      [CLI, 'segment', 'pipelines.yaml', 'test', '--from', 'soap', '--to', 'soap', '--report', '3'],
      { cwd: folder, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
    );
    running.push(() => child.kill('SIGKILL'));
    const [input, output] = [child.stdin!, child.stdout!];
    output.resume();
    const report = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
    const nextOf = async (type: string): Promise<unknown> => {
      for (;;) {
        const line = JSON.parse((await report.next()).value as string) as { type: string };
        if (line.type === type) return line;
      }
    };
    const encoder = new IpcEncoder('standard input', clouds.schema, 'stream');
    const send = (chunks: readonly Uint8Array[]): void => void input.write(Buffer.concat(chunks));
    for (const [batch, [from, to, rowsOut]] of [
      [0, 2, 5],
      [2, 2, 0],
      [2, 4, 5],
    ].entries()) {
      send(encoder.encode(clouds.slice(from, to)));
      const rowsIn = to! - from!;
      expect(await nextOf('batch')).toEqual({ type: 'batch', batch, rowsIn, batchesOut: rowsIn > 0 ? 1 : 0, rowsOut });
    }
    send(encoder.finish());
    expect(await nextOf('end')).toMatchObject({ rowsIn: 4, rowsOut: 10 });
  });

  it('prints what goes in and out without reading anything', async () => {
    const { code, stdout } = await segment(['test', '--from', 'soap', '--to', 'soap', '--schema'], Buffer.alloc(0));
    expect(code).toBe(0);
    const { input, output } = JSON.parse(stdout.toString()) as Record<
      string,
      { fields: { name: string }[]; arrow: string }
    >;
    expect(input!.fields.map(({ name }) => name)).toEqual(['image', 'label', 'points']);
    expect(output!.fields.map(({ name }) => name)).toEqual([
      'image',
      'label',
      'center',
      'position',
      'nCenters',
      'soap',
    ]);
    const { schema } = RecordBatchReader.from(Buffer.from(output!.arrow, 'base64')).open();
    expect(schema.fields.at(-1)!.type.toString()).toBe('FixedSizeList[18]<Float32>');
  });

  it('compiles steps to a file of their own that gives the same bytes, wherever it lies', async () => {
    const whole = await segment(['test']);
    const { code, stdout } = await segment(['test', '--compile', '--set', 'test.soap.sigma=2'], Buffer.alloc(0));
    expect(code).toBe(0);
    const elsewhere = mkdtempSync(join(folder, 'elsewhere-'));
    const file = join(elsewhere, 'test.json');
    writeFileSync(file, stdout);
    const out = join(folder, 'out');
    const compiled = await soapstream(['segment', file, 'test', '--out', out], images, elsewhere);
    expect(compiled).toMatchObject({ code: 0, stderr: '' });
    expect(compiled.stdout.equals(whole.stdout)).toBe(true);
    const again = await soapstream(['segment', file, 'test', '--compile', '--out', out], Buffer.alloc(0), elsewhere);
    expect(again.stdout.toString()).toBe(stdout.toString());
  });

  it('takes a stream without batches, and batches without rows', async () => {
    const { schema, batches } = tableFromIPC(images);
    const empty = await segment(['test', '--to', 'soap'], streamOf([], schema));
    expect(empty).toMatchObject({ code: 0, stderr: '' });
    expect(tableFromIPC(empty.stdout)).toMatchObject({ numRows: 0, numCols: 6 });
    const first = batches[0]!;
    const withEmpty = await segment(['test', '--to', 'soap'], streamOf([first.slice(0, 0), first]));
    const alone = await segment(['test', '--to', 'soap'], streamOf([first]));
    expect(rowsOf(withEmpty.stdout)).toEqual(rowsOf(alone.stdout));
  });

  it('notices a stream that is cut off', async () => {
    const { code, stderr } = await segment(['test'], images.subarray(0, images.length - 1000));
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'badData',
        message: 'test: standard input: the Arrow stream is cut off: it stops without its end marker',
        detail: 'standard input: the Arrow stream is cut off: it stops without its end marker',
        pipeline: 'test',
        isRetryable: false,
      },
    });
  });

  it('tells of a faulty value its row and image as data', async () => {
    const clouds = cloudBatch(Array.from({ length: 9 }, () => 3));
    column(clouds, 'points').children[0]!.children[0]!.values[9 * 7 + 3 * 2 + 1] = NaN;
    const { code, stderr } = await segment(['test', '--from', 'soap', '--to', 'soap'], streamOf(split(clouds, 4)));
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'badData',
        message: 'test › soap, batch 1, row 3 (image 7): points[7]: expected a finite coordinate, got NaN',
        detail: 'points[7]: expected a finite coordinate, got NaN',
        pipeline: 'test',
        step: 'soap',
        batch: 1,
        row: 3,
        image: 7,
        isRetryable: false,
      },
    });
  });

  it('tells rows that fail as dead letters, and gives the others as if they had never been there', async () => {
    const clouds = cloudBatch(Array.from({ length: 9 }, () => 3));
    const good = [clouds.slice(0, 4), clouds.slice(4, 7), clouds.slice(8)];
    const expected = await segment(['lettered', '--from', 'soap', '--report', 'good.jsonl'], streamOf(good));
    column(clouds, 'points').children[0]!.children[0]!.values[9 * 7 + 3 * 2 + 1] = NaN;
    const parts = [clouds.slice(0, 4), clouds.slice(4, 7), clouds.slice(7)];
    const { code, stdout, stderr } = await segment(
      ['lettered', '--from', 'soap', '--report', 'letters.jsonl'],
      streamOf(parts),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.equals(expected.stdout)).toBe(true);
    const lines = linesOf('letters.jsonl');
    expect(lines.filter(({ type }) => type === 'deadLetter')).toEqual([
      {
        type: 'deadLetter',
        step: 'soap',
        batch: 2,
        row: 0,
        image: 7,
        code: 'badData',
        message: 'points[7]: expected a finite coordinate, got NaN',
        record: expect.stringContaining('{"image":7,"label":7,"points":[[') as string,
      },
    ]);
    expect(lines.at(-1)).toMatchObject({ type: 'end', rowsIn: 9, rowsOut: 24, deadLetters: 1 });
    const metricsOf = (name: string) => linesOf(name).filter(({ type }) => type === 'metric');
    expect(metricsOf('letters.jsonl').length).toBeGreaterThan(0);
    expect(metricsOf('letters.jsonl')).toEqual(metricsOf('good.jsonl'));
  });

  it('refuses to have dead letters without a report to tell them in', async () => {
    const { code, stderr } = await segment(['lettered', '--from', 'soap'], streamOf([cloudBatch([3])]));
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: 'lettered › soap: expected --report, where its dead letters go (onError: deadLetter)' },
    });
  });

  it('refuses a stream without the columns of the first step before any row is read', async () => {
    const { code, stdout, stderr } = await segment(['test', '--from', 'soap']);
    expect({ code, bytes: stdout.length }).toEqual({ code: 3, bytes: 0 });
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'badSchema',
        pipeline: 'test',
        step: 'soap',
        detail: expect.stringMatching(/^column points: expected /) as string,
      },
    });
  });

  it.each([
    [
      ['test', '--from', 'soapp'],
      'there is no step soapp in test, only imageToXyz, soap, robustRescale, classify; did you mean soap?',
    ],
    [
      ['tets'],
      'there is no pipeline tets in pipelines.yaml, only images, fit, test, lettered, sampled; did you mean test?',
    ],
    [
      ['test', '--from', 'classify', '--to', 'soap'],
      'expected --from before --to, but classify comes after soap in test',
    ],
    [
      ['fit'],
      'fit › robustRescale: fits on the whole stream, so that it cannot run in a segment: choose others by --from and --to',
    ],
    [
      ['sampled'],
      'sampled › reservoirSample: needs the batches before it, so that it cannot run in a segment: choose others by --from and --to',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await segment(args);
    expect({ code, bytes: stdout.length, stderr }).toEqual({ code: 2, bytes: 0, stderr: `soapstream: ${message}\n` });
  });

  it('stops when its reader does', async () => {
    const child = spawn(process.execPath, [CLI, 'segment', 'pipelines.yaml', 'test', '--to', 'imageToXyz'], {
      cwd: folder,
    });
    running.push(() => child.kill('SIGKILL'));
    child.stdin.on('error', () => {});
    child.stdout.once('data', () => child.stdout.destroy());
    const { schema, batches } = tableFromIPC(images);
    const many = Array.from({ length: 2000 }, () => batches).flat();
    child.stdin.end(streamOf(many, schema));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
  });
});

function streamOf(batches: readonly RecordBatch[], schema = batches[0]!.schema): Buffer {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}
