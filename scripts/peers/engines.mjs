/**
 * Files go from other engines straight into operators, and from here through each engine and back, with equal values.
 *
 *   node scripts/peers/engines.mjs [PYTHON]
 *
 * PYTHON has duckdb, polars, pandas, pyarrow, fastparquet and pyspark, and Java 17 is there; without it a new environment is made.
 * Prints a table; ends with 1 if anything differs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  Bool,
  Field,
  FixedSizeList,
  Float64,
  Int32,
  List,
  RecordBatch,
  Schema,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { from, lastValueFrom } from 'rxjs';
import { makeEnvironment, PythonServer } from '../../bench/support/python.mjs';
import {
  arrowSink,
  arrowSource,
  filter,
  fitClassify,
  fitRobustRescale,
  imageField,
  labelField,
  openSource,
  parquetSink,
  parquetSource,
  pointsField,
  recordBatch,
  robustRescale,
  soap,
  speciesField,
  throughEach,
  writeBatches,
} from '../../dist/index.js';

const PACKAGES = ['duckdb', 'polars', 'pandas', 'pyarrow', 'fastparquet', 'pyspark'];
/** What each engine writes and, but for Spark, which has Arrow as tables only, reads. fastparquet knows flat columns only. */
const FORMATS = {
  duckdb: ['parquet'],
  polars: ['parquet', 'arrow', 'arrows'],
  pandas: ['parquet', 'arrow'],
  pyarrow: ['parquet', 'arrow', 'arrows'],
  fastparquet: ['parquet'],
  pyspark: ['parquet', 'arrow', 'arrows'],
};
/** Further ways in which Spark writes: codecs, its old form of lists, pages of version 2, several files with one that is empty, folders `key=value`. */
const SPARK_KINDS = ['none', 'gzip', 'zstd', 'lz4', 'lz4_raw', 'legacy', 'pages2', 'parts', 'keys'];
const UNSIGNED = [new Uint8(), new Uint16(), new Uint32(), new Uint64()];
const CLI = join(import.meta.dirname, '../../dist/cli.js');
const FLAT = new Set(['image', 'label', 'name']);

const folder = mkdtempSync(join(tmpdir(), 'soapstream-engines-'));
const python = process.argv[2] ?? environment();
const server = new PythonServer(python, join(import.meta.dirname, 'engines.py'));

/** @returns {string} */
function environment() {
  const interpreter = makeEnvironment(folder, 'pyarrow');
  execFileSync(interpreter, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return interpreter;
}

/** Clouds of no, one and several points, and numbers that take all bits of a float64. */
const COUNT = 20;
const clouds = {
  image: Array.from({ length: COUNT }, (_, i) => i),
  label: Array.from({ length: COUNT }, (_, i) => i % 2),
  points: Array.from({ length: COUNT }, (_, i) =>
    Array.from({ length: i % 5 }, (_row, j) => [Math.sin(i + j), Math.cos(3 * i - j), Math.sqrt(i + 2 * j)]),
  ),
  species: Array.from({ length: COUNT }, (_, i) => Array.from({ length: i % 5 }, (_row, j) => 'CO'[(i + j) % 2])),
  name: Array.from({ length: COUNT }, (_, i) => ['', 'water', 'a name of more than twelve bytes', 'ü'][i % 4]),
};
const nameField = new Field('name', new Utf8(), false);
const flagField = new Field('flags', new List(new Field('item', new Bool(), false)), false);
const flags = clouds.points.map((points) => points.map(([x]) => x > 0));
const fields = [imageField, labelField, pointsField, speciesField, nameField, flagField];
const own = recordBatch(
  new Schema(fields),
  COUNT,
  fields.map(({ name, type }) => vectorFromArray({ ...clouds, flags }[name], type).data[0]),
);

const describe = soap({ rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: ['C', 'O'] });
const descriptors = await collect(throughEach(each([own]), describe));
const scaler = await lastValueFrom(from(descriptors).pipe(fitRobustRescale()));

/** @type {{ tool: string, direction: string, passed: number, failed: string[] }[]} */
const results = [];
try {
  const versions = [];
  for (const tool of PACKAGES) versions.push(`${tool} ${(await asked({ tool, do: 'versions' })).version}`);
  console.log(versions.join(', '));
  for (const [tool, formats] of Object.entries(FORMATS)) {
    const isFlat = tool === 'fastparquet';
    const kinds = tool === 'pyspark' ? SPARK_KINDS.map((kind) => `${kind}.parquet`) : [];
    await judge(tool, 'into operators', [...formats, ...kinds], async (format) => {
      const path = join(folder, `${tool}.${format}`);
      await asked({ tool, do: 'write', clouds, path });
      await expectOperatorsToTake(path, isFlat);
    });
    const readable = tool === 'pyspark' ? ['parquet'] : formats;
    const outputs = readable.flatMap((format) => (format === 'parquet' ? ['zstd.parquet', 'plain.parquet'] : [format]));
    await judge(tool, 'out of sinks', outputs, async (output) => {
      const [one, two] = await written(tool, output);
      expectEqual('clouds', (await asked({ tool, do: 'read', path: one })).rows.map(sorted), rowsOf([own], isFlat));
      if (isFlat) return;
      expectEqual('descriptors', (await asked({ tool, do: 'read', path: two })).rows.map(sorted), rowsOf(descriptors));
    });
    await judge(tool, 'there and back', outputs, async (output) => {
      const backs = [];
      for (const source of await written(tool, output)) {
        const path = join(folder, `back.${tool}.${backs.length}.${output}`);
        if (isFlat && backs.length > 0) break;
        await asked({ tool, do: 'copy', source, path });
        backs.push(path);
      }
      await expectOperatorsToTake(backs[0], isFlat);
      if (isFlat) return;
      const rescaled = async (batches) =>
        rowsOf(await collect(throughEach(batches, robustRescale(withoutMaking(scaler)))));
      expectEqual(
        'rescaled',
        await rescaled(await read(backs[1])),
        await rescaled(each(descriptors.map(plainFeatures))),
      );
    });
  }
  await judgeSpark();
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
console.table(results.map(({ failed, ...rest }) => ({ ...rest, failed: failed.length })));
for (const { tool, direction, failed } of results)
  for (const message of failed) console.log(`${tool}, ${direction}: ${message}`);
process.exitCode = results.some(({ failed }) => failed.length > 0) ? 1 : 0;

async function judge(tool, direction, formats, check) {
  const result = { tool, direction, passed: 0, failed: [] };
  results.push(result);
  for (const format of formats) {
    try {
      await check(format);
      result.passed++;
    } catch (error) {
      result.failed.push(`${format}: ${error.message}`);
    }
  }
}

/** Types that Spark alone writes, and what pipelines make of them, through the command. */
async function judgeSpark() {
  const tool = 'pyspark';
  const typed = (times) => join(folder, `types.${times}.parquet`);
  const values = (path, settings = {}) =>
    asked({ tool, do: 'read', path, settings }).then(({ rows }) => rows.map(told));
  await judge(tool, 'all types in', ['int96', 'micros', 'millis'], async (times) => {
    await asked({ tool, do: 'writeTypes', path: typed(times) });
    expectEqual('inspect', inspected(typed(times)), await values(typed(times)));
  });
  await judge(tool, 'all types there and back', ['zstd', 'uncompressed'], async (compression) => {
    for (const times of ['micros', 'millis']) {
      const sinks = [{ parquet: { path: join(folder, `all.${times}.${compression}`), compression, rowsPerFile: 5 } }];
      run({ all: { source: { parquet: { path: typed(times) } }, sinks } });
      expectEqual('types', await values(sinks[0].parquet.path), await values(typed(times)));
    }
  });
  await judge(tool, 'pipelines', ['zstd', 'uncompressed'], async (compression) => {
    const source = { parquet: { path: typed('micros') } };
    const columns = ['image', 'label', 'points', 'species', 'centers', 'pbc', 'cell'];
    const steps = [
      { select: { columns } },
      { soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [6, 8], periodic: true } },
    ];
    const path = (name) => join(folder, `${name}.${compression}.parquet`);
    const sinks = (name) => [{ parquet: { path: path(name), compression } }];
    const training = { epochs: 2, layers: [4], classCount: 2, seed: 1 };
    run({
      describe: { source, steps, sinks: sinks('spark-soap') },
      train: {
        source: { parquet: { path: path('spark-soap') } },
        steps: [{ robustRescale: { fit: 'scaler' } }, { classify: { fit: `model-${compression}`, ...training } }],
        metrics: { parquet: { path: path('spark-metrics'), compression } },
      },
      test: {
        source: { parquet: { path: path('spark-soap') } },
        steps: [{ robustRescale: { apply: 'scaler' } }, { classify: { apply: `model-${compression}` } }],
        sinks: sinks('spark-predictions'),
      },
    });
    const rows = await values(typed('micros'));
    const batches = await collect(throughEach(each([naturalClouds(rows)]), soap(steps[1].soap)));
    const names = ['image', 'center', 'soap'];
    expectEqual(
      'soap',
      rowsOf(await collect(await read(path('spark-soap'))), false, names),
      rowsOf(batches, false, names),
    );
    for (const name of ['spark-soap', 'spark-metrics', 'spark-predictions'])
      expectEqual(name, await values(path(name)), inspected(path(name)));
  });
  // Spark's vectorized reader has no byte streams of uint32 in lists.
  await judge(tool, 'unsigned integers out', ['zstd', 'uncompressed'], async (compression) => {
    const path = join(folder, `unsigned.${compression}.parquet`);
    const columns = UNSIGNED.flatMap((type) => {
      const most = 2n ** BigInt(type.bitWidth) - 1n;
      const numbers = [0n, 1n, most].map((value) => (type.bitWidth === 64 ? value : Number(value)));
      const list = new List(new Field('item', type, false));
      return [
        [new Field(`flat${type.bitWidth}`, type, false), vectorFromArray(numbers, type).data[0]],
        [
          new Field(`list${type.bitWidth}`, list, false),
          vectorFromArray([numbers, [], numbers.toReversed()], list).data[0],
        ],
      ];
    });
    const schema = new Schema(columns.map(([field]) => field));
    await writeBatches(
      parquetSink,
      { path, compression },
      each([
        recordBatch(
          schema,
          3,
          columns.map(([, data]) => data),
        ),
      ]),
    );
    expectEqual('unsigned', await values(path, { vectorized: compression === 'uncompressed' }), inspected(path));
  });
}

/** Clouds that Spark has read, in the types of the data model. */
function naturalClouds(rows) {
  const list = (type) => new List(new Field('item', type, false));
  const fixed = (size, type) => new FixedSizeList(size, new Field('item', type, false));
  const types = {
    image: imageField.type,
    points: pointsField.type,
    species: list(new Int32()),
    centers: list(new Uint32()),
  };
  const all = { ...types, pbc: fixed(3, new Uint8()), cell: fixed(9, new Float64()) };
  const natural = Object.entries(all).map(([name, type]) => new Field(name, type, false));
  const columns = natural.map(
    ({ name, type }) =>
      vectorFromArray(
        rows.map((row) => row[name]),
        type,
      ).data[0],
  );
  return recordBatch(new Schema(natural), rows.length, columns);
}

/** @param {Record<string, object>} pipelines */
function run(pipelines) {
  const path = join(folder, 'pipelines.yaml');
  writeFileSync(path, JSON.stringify({ pipelines }));
  command('run', path, '--out', folder, '--force');
}

/** All rows of a file, as `inspect` shows them. */
function inspected(path) {
  return JSON.parse(command('inspect', path, '--json', '--rows', '1000')).head.map(told);
}

function command(...parameters) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [CLI, ...parameters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${parameters[0]}: ${stderr}`);
  return stdout;
}

/** One text for a time, whatever the unit that it is kept in, and for integers that may be decimals elsewhere. */
function told(row) {
  return JSON.parse(JSON.stringify(sorted(row)), (_key, value) => {
    if (typeof value === 'boolean') return Number(value);
    if (typeof value !== 'string') return value;
    if (/^\d{1,15}$/.test(value)) return Number(value);
    return value.replace(/^(\d{4}-\d\d-\d\dT[\d:]{8})(\.\d*?)?0*Z?$/, '$1$2');
  });
}

/** The clouds and their descriptors as files of ours. */
async function written(tool, output) {
  const [sink, options] = output.endsWith('parquet')
    ? [parquetSink, { compression: output === 'plain.parquet' ? 'uncompressed' : 'zstd' }]
    : [arrowSink, {}];
  const paths = ['clouds', 'descriptors'].map((name) => join(folder, `${name}.${tool}.${output}`));
  await writeBatches(sink, { path: paths[0], ...options }, each([own]));
  await writeBatches(sink, { path: paths[1], ...options }, each(descriptors));
  return paths;
}

async function expectOperatorsToTake(path, isFlat) {
  for (const options of [
    { column: 'label', from: 1 },
    { column: 'name', values: ['water'] },
  ]) {
    const kept = async (batches) => rowsOf(await collect(throughEach(batches, filter(options))), true);
    expectEqual('filter', await kept(await read(path)), await kept(each([own])));
  }
  if (isFlat) return;
  const described = await collect(throughEach(await read(path), describe));
  expectEqual('soap', rowsOf(described, false, ['soap', 'center']), rowsOf(descriptors, false, ['soap', 'center']));
  const fit = fitClassify({ epochs: 1, layers: [4], classCount: 2, seed: 1 });
  await lastValueFrom(from(described).pipe(fit));
}

function expectEqual(what, found, expected) {
  if (isDeepStrictEqual(found, expected)) return;
  const row = expected.findIndex((wanted, i) => !isDeepStrictEqual(wanted, found[i]));
  throw new Error(
    `${what}: ${found.length} rows of ${expected.length}, row ${row}: expected ${JSON.stringify(expected[row])}, got ${JSON.stringify(found[row])}`,
  );
}

/** Other engines do not keep how features were made. */
function withoutMaking({ artifact, model }) {
  return { artifact: { ...artifact, metadata: {} }, model };
}

function plainFeatures(batch) {
  const schema = new Schema(batch.schema.fields.map((field) => field.clone({ metadata: new Map() })));
  return new RecordBatch(schema, batch.data);
}

async function asked(request) {
  const answer = await server.ask(request);
  if (answer.error) throw new Error(answer.error);
  return answer;
}

async function read(path) {
  const source = await openSource(path.endsWith('.parquet') ? parquetSource : arrowSource, { path });
  return (async function* () {
    for await (const batch of source.batches(new AbortController().signal)) yield plainFeatures(batch);
  })();
}

async function* each(items) {
  yield* items;
}

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Values as JSON has them, columns by name. */
function rowsOf(batches, isFlat = false, names) {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => {
      const columns = batch.schema.fields.filter(({ name }) =>
        isFlat ? FLAT.has(name) : (names?.includes(name) ?? true),
      );
      return sorted(Object.fromEntries(columns.map(({ name }) => [name, plain(batch.getChild(name).get(row))])));
    }),
  );
}

function sorted(row) {
  return Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function plain(value) {
  if (value instanceof Vector || ArrayBuffer.isView(value)) return Array.from(value, plain);
  return typeof value === 'bigint' ? Number(value) : value;
}
