/**
 * Files go from other engines straight into operators, and from here through each engine and back, with equal values.
 *
 *   node scripts/peers/engines.mjs [PYTHON]
 *
 * PYTHON has duckdb, polars, pandas, pyarrow and fastparquet; without it a new environment is made. Prints a table; ends with 1 if
 * anything differs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Bool, Field, List, RecordBatch, Schema, Utf8, Vector, vectorFromArray } from 'apache-arrow';
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

const PACKAGES = ['duckdb', 'polars', 'pandas', 'pyarrow', 'fastparquet'];
/** What each engine reads and writes. fastparquet knows flat columns only. */
const FORMATS = {
  duckdb: ['parquet'],
  polars: ['parquet', 'arrow', 'arrows'],
  pandas: ['parquet', 'arrow'],
  pyarrow: ['parquet', 'arrow', 'arrows'],
  fastparquet: ['parquet'],
};
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
    await judge(tool, 'into operators', formats, async (format) => {
      const path = join(folder, `${tool}.${format}`);
      await asked({ tool, do: 'write', clouds, path });
      await expectOperatorsToTake(path, isFlat);
    });
    const outputs = formats.flatMap((format) => (format === 'parquet' ? ['zstd.parquet', 'plain.parquet'] : [format]));
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
