/**
 * What a whole pipeline costs beyond its kernel: MNIST training images, every point a centre, from IDX files to uncompressed Parquet.
 *
 *     npm run build && node bench/soapPipeline.mjs [images] [rounds]
 *
 * Each round runs, one after the other, the kernel by itself on one thread and `soapstream run` with 0, 1 and 2 workers, each for
 * all images and for a quarter of them: the difference of the two has no start in it, neither of Node nor of threads nor of
 * compilers. Figures are medians over the rounds. Before, every row of the quarter is read by hyparquet and compared with the
 * kernel's; the run fails if one differs.
 *
 * Without --workers the program takes one for each core. Beside them the main thread cuts and gathers batches, and one more writes
 * Parquet.
 *
 * overhead   wall time × threads that compute, beyond the kernel's time; threads may also wait for a core
 * CPU        of all threads of the process, beyond the kernel's time: what is really done
 *
 * CPU by thread is read from /proc: Linux only.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { PowerSpectrum } from '#dist/soap/index.js';
import { idxFiles, mnistCloud, PAPER, spreadImages } from './support/mnist.mjs';
import { countArgument, median } from './support/numbers.mjs';

const WORKERS = [0, 1, 2];
const CLOCK_TICK = 0.01; // seconds, of /proc
const SAMPLE_MS = 50;
const images = countArgument('images', process.argv[2], 1000);
const rounds = countArgument('rounds', process.argv[3], 3);
if (images < 4) throw new RangeError(`images: expected 4 or more, of which a quarter can be taken, got ${images}`);

/** When the process ends, its CPU seconds and its peak of resident memory go to file descriptor 3. */
const REPORT_USAGE = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));
`)}`;
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));
try {
  const all = await prepare('all', images);
  const quarter = await prepare('quarter', Math.floor(images / 4));
  const centres = all.centres - quarter.centres;
  await verify(all, quarter);

  /** @type {Map<number | 'kernel', { wall: number, cpu: number, peak: number, threads: number[] }[]>} */
  const measured = new Map([['kernel', []], ...WORKERS.map((workers) => [workers, []])]);
  for (let round = 0; round < rounds; round++) {
    const seconds = kernelSeconds(all) - kernelSeconds(quarter);
    measured.get('kernel').push({ wall: seconds, cpu: seconds, peak: 0, threads: [] });
    for (const workers of WORKERS) {
      const [less, more] = [await run(quarter, workers), await run(all, workers)];
      measured.get(workers).push({ ...more, wall: more.wall - less.wall, cpu: more.cpu - less.cpu });
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
 * @property {string} plan
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
  const plan = join(folder, `${name}.yaml`);
  const { rCut, nMax, lMax, sigma } = PAPER;
  await writeFile(
    plan,
    `pipelines:
  describe:
    source:
      idx: { images: ${name}.images, labels: ${name}.labels }
    steps:
      - decodeMnist
      - imageToXyz
      - soap: { rCut: ${rCut}, nMax: ${nMax}, lMax: ${lMax}, sigma: ${sigma} }
    sinks:
      - parquet: { path: '\${out}/soap.parquet', compression: uncompressed }
`,
  );
  const centres = clouds.reduce((sum, cloud) => sum + cloud.length / 3, 0);
  return { indices, clouds, centres, plan, out: join(folder, name) };
}

/**
 * The time of the kernel for all clouds, rounded to float32 as the pipeline's rows are.
 *
 * @param {Job} job
 */
function kernelSeconds({ clouds }) {
  const spectrum = new PowerSpectrum(PAPER);
  const out = new Float32Array(784 * spectrum.featureCount);
  const start = performance.now();
  for (const cloud of clouds) {
    spectrum.compute(cloud, cloud, { out: out.subarray(0, (cloud.length / 3) * spectrum.featureCount) });
  }
  return (performance.now() - start) / 1000;
}

/**
 * One `soapstream run` in a process of its own.
 *
 * @param {Job} job
 * @param {number} workers
 * @returns {Promise<{ wall: number, cpu: number, peak: number, threads: number[] }>} seconds, bytes, and CPU seconds by thread
 */
async function run({ plan, out, centres }, workers) {
  const command = ['--import', REPORT_USAGE, CLI, 'run', plan, '--out', out, '--workers', String(workers), '--json'];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const output = collect(child.stdout);
  const messages = collect(child.stderr);
  const usage = collect(child.stdio[3]);
  const ended = new Promise((resolve) => child.on('close', resolve));
  /** @type {Map<string, number>} */
  const threads = new Map();
  while (child.exitCode === null && child.signalCode === null) {
    await readThreads(child.pid, threads);
    await Promise.race([ended, sleep(SAMPLE_MS)]);
  }
  if ((await ended) !== 0) throw new Error(`the run with ${workers} workers failed: ${await messages}`);
  const [{ seconds, outputs }] = JSON.parse(await output).pipelines;
  if (outputs[0].rows !== centres) throw new Error(`expected ${centres} rows, got ${outputs[0].rows}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(await usage);
  const main = threads.get(String(child.pid));
  threads.delete(String(child.pid));
  return {
    wall: seconds,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    peak: maxRSS * 1024,
    threads: [main, ...[...threads.values()].toSorted((a, b) => b - a)],
  };
}

/** @param {import('node:stream').Readable} stream */
async function collect(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

/**
 * Notes the CPU seconds that each thread has used so far.
 *
 * @param {number} pid
 * @param {Map<string, number>} threads by thread id
 */
async function readThreads(pid, threads) {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const task of tasks) {
    const stat = await readFile(`/proc/${pid}/task/${task}/stat`, 'utf8').catch(() => undefined); // it may be gone
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
    threads.set(task, (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK);
  }
}

/**
 * Compares every row of the smaller job with the kernel's, bit by bit: both round the same float64 to float32.
 *
 * @param {Job} all
 * @param {Job} quarter
 */
async function verify(all, quarter) {
  for (const workers of WORKERS) {
    await run(quarter, workers);
    const differing = await differingRows(quarter);
    if (differing > 0)
      throw new Error(`${workers} workers: ${differing} of ${quarter.centres} rows are not the kernel's`);
  }
  console.log(
    `verified: ${quarter.centres} rows of ${quarter.clouds.length} images with ${WORKERS.join(', ')} workers, read by hyparquet, are the kernel's, bit by bit`,
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
 * @param {Map<number | 'kernel', { wall: number, cpu: number, peak: number, threads: number[] }[]>} measured
 * @param {number} centres behind each wall and CPU time
 */
function report(measured, centres) {
  const middle = (name, what) => median(measured.get(name).map(what));
  const kernel = (1e6 * middle('kernel', ({ wall }) => wall)) / centres;
  console.log(`${images} images, ${rounds} rounds, ${availableParallelism()} cores; µs a centre`);
  console.log(`kernel alone, one thread   ${kernel.toFixed(1).padStart(6)}`);
  for (const workers of WORKERS) {
    const wall = (1e6 * middle(workers, (each) => each.wall)) / centres;
    const cpu = (1e6 * middle(workers, (each) => each.cpu)) / centres;
    const peak = middle(workers, (each) => each.peak) / 2 ** 20;
    const threads = measured
      .get(workers)
      .at(-1)
      .threads.filter((seconds) => seconds >= 0.1);
    const speedUp =
      workers > 1
        ? ` ${(middle(1, (each) => each.wall) / middle(workers, (each) => each.wall)).toFixed(2)} times as fast as 1 worker;`
        : '';
    console.log(
      [
        `pipeline, ${workers} workers       ${wall.toFixed(1).padStart(6)}:${speedUp} overhead ${percent((wall * Math.max(workers, 1)) / kernel)}`,
        `CPU ${cpu.toFixed(1)} (${percent(cpu / kernel)})`,
        `peak ${peak.toFixed(0)} MiB`,
      ].join(', '),
    );
    console.log(
      `    CPU seconds of the last run by thread, the main one first: ${threads.map((s) => s.toFixed(1)).join(' ')}`,
    );
  }
}

/** @param {number} ratio */
function percent(ratio) {
  return `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(0)} %`;
}
