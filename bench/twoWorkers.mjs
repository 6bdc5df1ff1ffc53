/**
 * What a second worker brings where little is written: MNIST training images, every point a centre, to predictions of the paper's
 * network and to a sample.
 *
 *     npm run build && node bench/twoWorkers.mjs [images] [rounds] [another checkout, built]
 *
 * Each round runs `soapstream run` with 1 and 2 workers, one after the other, of this checkout and, if it is given, of the other one. Outputs
 * have the same bytes for any number of workers and for both; the script fails otherwise. Wall time is that of the pipeline, the start of its
 * threads included, without that of Node. Figures are medians over the rounds; of the ratio of both walls, which other programs
 * disturb, the range is printed too.
 *
 * `by CPU` depends less on what else runs on the machine: the CPU time of the busiest thread with 1 worker, by half of all CPU time with 2. It
 * counts the start of Node against the second worker, and errs to the low side. Beside both stands what two threads of plain arithmetic gain on
 * this machine in the same minute.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HERE, measuredRun } from './support/measuredRun.mjs';
import { idxFiles, PAPER, spreadImages } from './support/mnist.mjs';
import { twoThreadRatio } from './support/machine.mjs';
import { countArgument, median } from './support/numbers.mjs';

const PIPELINES = ['predict', 'sample'];
const WORKERS = [1, 2];
const images = countArgument('images', process.argv[2], 2000);
const rounds = countArgument('rounds', process.argv[3], 3);
const checkouts = [HERE, ...process.argv.slice(4, 5)];

const folder = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));
try {
  const plans = await prepare();
  for (const pipeline of ['describe', 'fit']) await run(pipeline, 2, HERE);

  /** @type {Map<string, import('./support/measuredRun.mjs').Measured[]>} */
  const measured = new Map();
  const possible = [];
  for (let round = 0; round < rounds; round++) {
    possible.push(await twoThreadRatio());
    for (const pipeline of PIPELINES) {
      const hashes = new Set();
      for (const workers of WORKERS) {
        for (const checkout of checkouts) {
          const key = keyOf(pipeline, workers, checkout);
          measured.set(key, [...(measured.get(key) ?? []), await run(pipeline, workers, checkout)]);
          hashes.add(await hashOf(join(folder, 'out', `${pipeline}.parquet`)));
        }
      }
      if (hashes.size > 1) throw new Error(`${pipeline}: the rows depend on who makes them`);
    }
  }

  console.log(`${images} images, ${rounds} rounds, ${availableParallelism()} cores; outputs equal, byte by byte`);
  console.log(`plain arithmetic on two threads: ${median(possible).toFixed(2)} times as fast as on one`);
  for (const checkout of checkouts) {
    console.log(checkout === HERE ? 'this checkout' : checkout);
    for (const pipeline of PIPELINES) {
      const [one, two] = WORKERS.map((workers) => measured.get(keyOf(pipeline, workers, checkout)));
      const ratios = one.map(({ wall }, round) => wall / two[round].wall).toSorted((a, b) => a - b);
      const wall = (runs) => median(runs.map((each) => each.wall));
      const cpu = (runs) => median(runs.map((each) => each.cpu));
      const busiest = (runs) => median(runs.map(({ threads }) => Math.max(...threads)));
      console.log(
        [
          `  ${pipeline.padEnd(8)} ${(wall(one) / wall(two)).toFixed(2)} times as fast (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`,
          `wall ${wall(one).toFixed(2)} s with 1, ${wall(two).toFixed(2)} s with 2`,
          `CPU ${cpu(one).toFixed(2)} s, ${cpu(two).toFixed(2)} s`,
          `by CPU ${((2 * busiest(one)) / cpu(two)).toFixed(2)}`,
        ].join('; '),
      );
      for (const runs of [one, two]) {
        const threads = runs.at(-1).threads.filter((seconds) => seconds >= 0.05);
        console.log(`    CPU by thread, the main one first: ${threads.map((t) => t.toFixed(2)).join(' ')}`);
      }
    }
  }

  /** @param {string} pipeline @param {number} workers @param {string} checkout */
  async function run(pipeline, workers, checkout) {
    return measuredRun({ plans, pipeline, out: join(folder, 'out'), workers, checkout });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {string} pipeline @param {number} workers @param {string} checkout */
function keyOf(pipeline, workers, checkout) {
  return `${pipeline} ${workers} ${checkout}`;
}

/** @param {string} path */
async function hashOf(path) {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Writes the inputs. @returns {Promise<string>} where the pipelines are */
async function prepare() {
  const files = idxFiles(spreadImages(images));
  await writeFile(join(folder, 'images'), files.images);
  await writeFile(join(folder, 'labels'), files.labels);
  const { rCut, nMax, lMax, sigma } = PAPER;
  const plans = join(folder, 'plans.yaml');
  await writeFile(
    plans,
    `pipelines:
  describe:
    source: &images
      idx: { images: images, labels: labels }
    steps:
      - decodeMnist
      - imageToXyz
      - reservoirSample: { size: 5000, seed: 1 }
      - soap: &soap { rCut: ${rCut}, nMax: ${nMax}, lMax: ${lMax}, sigma: ${sigma} }
    sinks:
      - parquet: { path: '\${out}/descriptors.parquet' }
  fit:
    source:
      parquet: { path: '\${out}/descriptors.parquet' }
    steps:
      - robustRescale: { fit: scaler }
      - classify: { fit: digits, layers: [256, 256, 256], epochs: 1 }
  predict:
    source: *images
    steps:
      - decodeMnist
      - imageToXyz
      - soap: *soap
      - robustRescale: { apply: scaler }
      - classify: { apply: digits }
      - select: { columns: [image, center, position, label, predicted, probabilities] }
    sinks:
      - parquet: { path: '\${out}/predict.parquet' }
  sample:
    source: *images
    steps:
      - decodeMnist
      - imageToXyz
      - soap: *soap
      - reservoirSample: { size: 1000, seed: 1 }
    sinks:
      - parquet: { path: '\${out}/sample.parquet' }
`,
  );
  return plans;
}
