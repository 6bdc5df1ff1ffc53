/**
 * What a whole pipeline costs beyond its kernel: MNIST training images, every point a centre, from IDX files to uncompressed Parquet.
 *
 *     npm run build && node bench/soapPipeline.mjs [images] [rounds] [checkout whose build is measured]
 *
 * Each round runs, one after the other, the kernel by itself on one thread and `soapstream run` with 0, 1 and 2 workers, writing every row
 * and, with 1 and 2 workers, only a sample of 1,000: what the workers gain where the writer does not need a core. Each is for
 * all images and for a quarter of them: the difference of the two has no start in it, neither of Node nor of threads nor of
 * compilers. Figures are medians over the rounds. Before, every row of the quarter is read by hyparquet and compared with the
 * kernel's; the run fails if one differs.
 *
 * Without --workers the program takes one for each core. Beside them the main thread cuts and gathers batches, and one more writes
 * Parquet.
 *
 * by CPU     the CPU time of the busiest thread with 1 worker, by half of that of all threads with 2: what the second worker brings where nothing
 *            else runs, and less disturbed by what does
 * overhead   wall time × threads that compute, beyond the kernel's time; threads may also wait for a core
 * CPU        of all threads of the process, beyond the kernel's time: what is really done
 *
 * CPU by thread is read from /proc: Linux only.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { PowerSpectrum } from '#dist/soap/index.js';
import { HERE, measuredRun } from './support/measuredRun.mjs';
import { idxFiles, mnistCloud, PAPER, spreadImages } from './support/mnist.mjs';
import { countArgument, median } from './support/numbers.mjs';

const RUNS = [
  { name: 'pipeline, 0 workers', plan: 'describe', workers: 0 },
  { name: 'pipeline, 1 worker', plan: 'describe', workers: 1 },
  { name: 'pipeline, 2 workers', plan: 'describe', workers: 2 },
  { name: 'sample, 1 worker', plan: 'sample', workers: 1 },
  { name: 'sample, 2 workers', plan: 'sample', workers: 2 },
];
/** Rows that are kept where not all are written. */
const SAMPLE = 1000;
const images = countArgument('images', process.argv[2], 1000);
const rounds = countArgument('rounds', process.argv[3], 3);
const checkout = process.argv[4] ?? HERE;
if (images < 4) throw new RangeError(`images: expected 4 or more, of which a quarter can be taken, got ${images}`);

const folder = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));
try {
  const all = await prepare('all', images);
  const quarter = await prepare('quarter', Math.floor(images / 4));
  const centres = all.centres - quarter.centres;
  await verify(all, quarter);

  /** @type {Map<string, { wall: number, cpu: number, busiest: number, peak: number, threads: number[] }[]>} */
  const measured = new Map([['kernel', []], ...RUNS.map(({ name }) => [name, []])]);
  for (let round = 0; round < rounds; round++) {
    const seconds = (await kernelSeconds(all)) - (await kernelSeconds(quarter));
    measured.get('kernel').push({ wall: seconds, cpu: seconds, busiest: seconds, peak: 0, threads: [] });
    for (const { name, plan, workers } of RUNS) {
      const [less, more] = [await run(quarter, plan, workers), await run(all, plan, workers)];
      const busiest = Math.max(...more.threads) - Math.max(...less.threads);
      measured.get(name).push({ ...more, busiest, wall: more.wall - less.wall, cpu: more.cpu - less.cpu });
    }
  }
  report(measured, centres);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * @typedef {object} Job the files of a pipeline
 * @property {number[]} indices of training images
 * @property {Float64Array[]} clouds
 * @property {number} centres
 * @property {string} plans
 * @property {string} out
 */

/**
 * Writes the inputs of a run.
 *
 * @param {string} name
 * @param {number} count of images
 * @returns {Promise<Job>}
 */
async function prepare(name, count) {
  const indices = spreadImages(count);
  const clouds = indices.map((index) => mnistCloud(index));
  const files = idxFiles(indices);
  await writeFile(join(folder, `${name}.images`), files.images);
  await writeFile(join(folder, `${name}.labels`), files.labels);
  const plans = join(folder, `${name}.yaml`);
  const { rCut, nMax, lMax, sigma } = PAPER;
  await writeFile(
    plans,
    `pipelines:
  describe: &describe
    source:
      idx: { images: ${name}.images, labels: ${name}.labels }
    steps:
      - decodeMnist
      - imageToXyz
      - soap: &soap { rCut: ${rCut}, nMax: ${nMax}, lMax: ${lMax}, sigma: ${sigma} }
    sinks:
      - parquet: { path: '\${out}/soap.parquet', compression: uncompressed }
  sample:
    <<: *describe
    steps:
      - decodeMnist
      - imageToXyz
      - soap: *soap
      - reservoirSample: { size: ${SAMPLE}, seed: 1 }
    sinks:
      - parquet: { path: '\${out}/sample.parquet' }
`,
  );
  const centres = clouds.reduce((sum, cloud) => sum + cloud.length / 3, 0);
  return { indices, clouds, centres, plans, out: join(folder, name) };
}

/**
 * The time of the kernel for all clouds of a job.
 *
 * @param {Job} job
 * @returns {Promise<number>}
 */
async function kernelSeconds({ indices }) {
  const thread = new Worker(new URL('./support/kernelThread.mjs', import.meta.url), { workerData: indices });
  const [seconds] = await once(thread, 'message');
  return seconds;
}

/**
 * One run, with all rows that it should have written.
 *
 * @param {Job} job
 * @param {string} pipeline of its plans
 * @param {number} workers
 */
async function run({ plans, out, centres }, pipeline, workers) {
  const measured = await measuredRun({ plans, pipeline, out, workers, checkout });
  const expected = pipeline === 'sample' ? Math.min(SAMPLE, centres) : centres;
  if (measured.rows !== expected) throw new Error(`expected ${expected} rows, got ${measured.rows}`);
  return measured;
}

/**
 * Compares every row of the smaller job with the kernel's, bit by bit: both round the same float64 to float32.
 *
 * @param {Job} all
 * @param {Job} quarter
 */
async function verify(all, quarter) {
  const written = RUNS.filter(({ plan }) => plan === 'describe');
  for (const { plan, workers } of written) {
    await run(quarter, plan, workers);
    const differing = await differingRows(quarter);
    if (differing > 0)
      throw new Error(`${workers} workers: ${differing} of ${quarter.centres} rows are not the kernel's`);
  }
  console.log(
    `verified: ${quarter.centres} rows of ${quarter.clouds.length} images with ${written.map(({ workers }) => workers).join(', ')} workers, read by hyparquet, are the kernel's, bit by bit`,
  );
}

/** @param {Job} job @returns {Promise<number>} rows that differ from the kernel's */
async function differingRows({ clouds, centres, out }) {
  const spectrum = new PowerSpectrum(PAPER);
  const F = spectrum.featureCount;
  const expected = new Float32Array(centres * F);
  let at = 0;
  for (const cloud of clouds) {
    const length = (cloud.length / 3) * F;
    spectrum.compute(cloud, cloud, { out: expected.subarray(at, at + length) });
    at += length;
  }
  const file = await asyncBufferFromFile(join(out, 'soap.parquet'));
  const metadata = await parquetMetadataAsync(file);
  if (Number(metadata.num_rows) !== centres) throw new Error(`expected ${centres} rows, got ${metadata.num_rows}`);
  let differing = 0;
  await parquetRead({
    file,
    metadata,
    columns: ['soap'],
    onChunk({ columnData, rowStart }) {
      for (const [i, row] of columnData.entries()) {
        const start = (rowStart + i) * F;
        if (row.length !== F || row.some((value, k) => value !== expected[start + k])) differing++;
      }
    },
  });
  return differing;
}

/**
 * @param {Map<string, { wall: number, cpu: number, busiest: number, peak: number, threads: number[] }[]>} measured
 * @param {number} centres behind each wall and CPU time
 */
function report(measured, centres) {
  const middle = (name, what) => median(measured.get(name).map(what));
  const microseconds = (name, what) => (1e6 * middle(name, what)) / centres;
  const kernel = microseconds('kernel', ({ wall }) => wall);
  console.log(`${images} images, ${rounds} rounds, ${availableParallelism()} cores; µs a centre`);
  console.log(`${'kernel alone, one thread'.padEnd(26)}${kernel.toFixed(1).padStart(6)}`);
  for (const { name, plan, workers } of RUNS) {
    const wall = microseconds(name, (each) => each.wall);
    const cpu = microseconds(name, (each) => each.cpu);
    const peak = middle(name, (each) => each.peak) / 2 ** 20;
    const one = RUNS.find((each) => each.plan === plan && each.workers === 1).name;
    const byCpu = (2 * middle(one, (each) => each.busiest)) / middle(name, (each) => each.cpu);
    const ratio = microseconds(one, (each) => each.wall) / wall;
    const speedUp = workers > 1 ? `${ratio.toFixed(2)} times as fast as 1 worker, by CPU ${byCpu.toFixed(2)}; ` : '';
    console.log(
      [
        `${name.padEnd(26)}${wall.toFixed(1).padStart(6)}: ${speedUp}overhead ${percent((wall * Math.max(workers, 1)) / kernel)}`,
        `CPU ${cpu.toFixed(1)} (${percent(cpu / kernel)})`,
        `peak ${peak.toFixed(0)} MiB`,
      ].join(', '),
    );
    const threads = measured
      .get(name)
      .at(-1)
      .threads.filter((seconds) => seconds >= 0.1);
    console.log(
      `    CPU seconds of the last run by thread, the main one first: ${threads.map((t) => t.toFixed(1)).join(' ')}`,
    );
  }
}

/** @param {number} ratio */
function percent(ratio) {
  return `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(0)} %`;
}
