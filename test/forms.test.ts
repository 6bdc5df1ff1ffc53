/** Every operator, in each form in which it can be run, gives the same rows. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as connected, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { throughEach } from '#dist/flow/throughEach.js';
import { toDuplex } from '#dist/flow/toDuplex.js';
import { toTransformStream } from '#dist/flow/toTransformStream.js';
import { arrowSink } from '#dist/io/arrowSink.js';
import { readArtifact, type StoredArtifact } from '#dist/io/artifacts.js';
import { writeBatches } from '#dist/io/open.js';
import { detachedContext } from '#dist/operators/frame/context.js';
import { type BatchOperator, isFitted } from '#dist/operators/frame/definition.js';
import { parseArtifact } from '#dist/operators/frame/parseArtifact.js';
import { operators } from '#dist/operators/table.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { runSegment } from '#dist/segment/runSegment.js';
import { cloudBatch, descriptorBatch, imageBatch, split } from './support/batches.js';
import { plainRows, type PlainRow } from './support/plainRows.js';
import { collect } from './support/pulls.js';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

const images = imageBatch(9);
const clouds = cloudBatch([5, 3, 7, 4, 6, 2, 8, 1, 3]);
const rows = descriptorBatch([3, 2, 4, 5, 1, 3]);

/** What runs batch by batch; of what needs them all there is no segment. */
const cases: [operator: string, input: RecordBatch, options: Record<string, unknown>][] = [
  ['transformImage', images, { rotate: 30, mirror: true }],
  ['imageToXyz', images, { sigmaDisturbance: 0.5, seed: 3 }],
  ['xyzToImage', cloudBatch([5, 3, 7, 4, 6]), { height: 12, width: 12 }],
  ['flattenPixels', images, {}],
  ['soap', clouds, { rCut: 5, nMax: 3, lMax: 2, sigma: 1 }],
  ['robustRescale', rows, {}],
  ['compress', rows, { reconstructionMse: true }],
  ['classify', rows, {}],
  ['filter', rows, { column: 'label', values: [1, 3] }],
  ['select', rows, { columns: ['image', 'soap'] }],
];
const needTheirOrder: [operator: string, input: RecordBatch, options: Record<string, unknown>][] = [
  ['poolImages', rows, {}],
  ['reservoirSample', rows, { size: 5 }],
  ['correlate', rows, {}],
];

let folder = '';
const artifacts: Record<string, StoredArtifact> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'soapstream-forms-'));
  await writeBatches(arrowSink, { path: join(folder, 'rows.arrows'), format: 'stream' }, each(split(rows, 4)));
  const fits = [
    '{ fit: robustRescale }',
    '{ fit: compress, components: 2 }',
    '{ fit: classify, layers: [8], epochs: 1 }',
  ];
  const text = fits.map((options) => {
    const name = /fit: (\w+)/.exec(options)![1]!;
    return `  ${name}:\n    source: { arrow: { path: rows.arrows } }\n    steps: [{ ${name}: ${options} }]\n`;
  });
  const { plan, diagnostics } = await planOf(`pipelines:\n${text.join('')}`, join(folder, 'fits.yaml'), {
    outDirectory: join(folder, 'out'),
  });
  expect(diagnostics.sorted()).toEqual([]);
  await runPlan(plan!, { pipelines: ['robustRescale', 'compress', 'classify'], workers: 0 });
  for (const name of ['robustRescale', 'compress', 'classify']) {
    artifacts[name] = await readArtifact(join(folder, 'out/artifacts', name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** The operator with these options, its model loaded anew. */
async function operatorOf(name: string, options: Record<string, unknown>): Promise<BatchOperator> {
  const definition = operators.find((known) => known.name === name)!;
  if (!isFitted(definition)) return definition.create(definition.options.parse(options), detachedContext());
  const { description, files } = artifacts[name]!;
  const artifact = parseArtifact(definition, description, name);
  const fitted = { artifact, model: await definition.load(files, artifact) };
  return definition.apply(fitted, definition.applyOptions.parse(options), detachedContext());
}

type Form = (name: string, options: Record<string, unknown>, batches: RecordBatch[]) => Promise<PlainRow[]>;

const asRxjs: Form = async (name, options, batches) =>
  plainRows(await lastValueFrom(from(batches).pipe(await operatorOf(name, options), toArray())));

const asIterable: Form = async (name, options, batches) =>
  plainRows(await collect(throughEach(each(batches), await operatorOf(name, options))));

const asDuplex: Form = async (name, options, batches) => {
  const duplex = connected(Readable.from(batches), toDuplex(await operatorOf(name, options)), () => {});
  return plainRows(await collect(duplex as AsyncIterable<RecordBatch>));
};

const asTransformStream: Form = async (name, options, batches) => {
  const source = new ReadableStream<RecordBatch>({
    start(controller) {
      for (const batch of batches) controller.enqueue(batch);
      controller.close();
    },
  });
  return plainRows(await collect(source.pipeThrough(toTransformStream(await operatorOf(name, options)))));
};

const asSegment: Form = async (name, options, batches) =>
  plainRows(
    await collect(
      runSegment([{ operator: name, options, ...(artifacts[name] && { artifact: name }) }], batches, { artifacts }),
    ),
  );

/** A pipeline file of that step alone. */
function pipelineText(name: string, options: Record<string, unknown>): string {
  const given = { ...(artifacts[name] && { apply: name }), ...options };
  return `pipelines:
  own:
    source: { arrow: { path: in.arrows } }
    steps: [{ ${name}: ${JSON.stringify(given)} }]
    sinks: [{ arrow: { path: '\${out}/own.arrow' } }]
`;
}

const withWorkers =
  (workers: number): Form =>
  async (name, options, batches) => {
    writeFileSync(join(folder, 'in.arrows'), encodeBatches(batches));
    const { plan, diagnostics } = await planOf(pipelineText(name, options), join(folder, 'p.yaml'), {
      outDirectory: join(folder, 'out'),
    });
    expect(diagnostics.sorted()).toEqual([]);
    await runPlan(plan!, { pipelines: ['own'], workers });
    return plainRows(tableFromIPC(readFileSync(join(folder, 'out/own.arrow'))).batches);
  };

const asCommand: Form = (name, options, batches) => {
  writeFileSync(join(folder, 'p.yaml'), pipelineText(name, options));
  writeFileSync(join(folder, 'in.arrows'), encodeBatches(batches));
  const child = spawn(process.execPath, [CLI, 'segment', 'p.yaml', 'own'], { cwd: folder });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.end(encodeBatches(batches));
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0
        ? resolve(plainRows(tableFromIPC(Buffer.concat(stdout)).batches))
        : reject(new Error(Buffer.concat(stderr).toString())),
    ),
  );
};

const inProcess: [string, Form][] = [
  ['an async iterable', asIterable],
  ['a Node Duplex', asDuplex],
  ['a TransformStream', asTransformStream],
  ['a segment of data', asSegment],
];
const forms: [string, Form][] = [
  ...inProcess,
  ['a step of a pipeline', withWorkers(0)],
  ['a step on two worker threads', withWorkers(2)],
  ['soapstream segment', asCommand],
];

describe.each(cases)('%s gives the same rows', (name, input, options) => {
  it.each(forms)('as %s', async (_, form) => {
    const batches = split(input, 4);
    const expected = await asRxjs(name, options, batches);
    expect(expected.length).toBeGreaterThan(0);
    expect(await form(name, options, batches)).toEqual(expected);
  });
});

describe.each(needTheirOrder)('%s, which needs all batches, gives the same rows', (name, input, options) => {
  it.each([...inProcess, ['a step of a pipeline', withWorkers(2)] as [string, Form]])('as %s', async (_, form) => {
    const batches = split(input, 4);
    expect(await form(name, options, batches)).toEqual(await asRxjs(name, options, batches));
  });
});

it('leaves out none but those that read bytes or predictions', () => {
  const tried = new Set([...cases, ...needTheirOrder].map(([name]) => name));
  expect(operators.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([
    'decodeMnist',
    'classifyImages',
  ]);
});
