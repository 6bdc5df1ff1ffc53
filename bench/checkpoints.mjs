/**
 * What checkpoints cost: descriptors of MNIST training images into a Parquet folder, into the sample of the paper, and into a fit.
 *
 *     npm run build && node bench/checkpoints.mjs [images]
 *
 * Printed is the time in which checkpoints were written, as share of the pipeline's, with the default interval and with one of 2 s. The
 * outputs have the bytes of a run without checkpoints; the script fails otherwise. Choose images so that a run takes some minutes.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuredRun } from './support/measuredRun.mjs';
import { idxFiles, PAPER, spreadImages } from './support/mnist.mjs';
import { countArgument } from './support/numbers.mjs';

const images = countArgument('images', process.argv[2], 10_000);
const NEVER = 86_400;
const PIPELINES = {
  folder: { steps: [], sink: 'rows' },
  sample: { steps: ['reservoirSample: { size: 120000, seed: 1 }'], sink: 'sample.parquet' },
  fit: { steps: ['poolImages', 'robustRescale: { fit: scaler, features: pooled }'], sink: 'rescaled.parquet' },
};

const folder = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));
try {
  const { images: pixels, labels } = idxFiles(spreadImages(images));
  await writeFile(join(folder, 'images'), pixels);
  await writeFile(join(folder, 'labels'), labels);
  const plans = join(folder, 'plans.yaml');
  await writeFile(plans, `pipelines:\n${Object.entries(PIPELINES).map(pipelineOf).join('')}`);
  console.log(`${images} images; outputs equal, byte by byte`);
  for (const pipeline of Object.keys(PIPELINES)) {
    const hashes = new Set();
    for (const interval of [NEVER, 30, 2]) {
      const out = join(folder, 'out');
      const more = ['--checkpoint-seconds', String(interval)];
      const { wall, checkpoints } = await measuredRun({ plans, pipeline, out, workers: 2, more });
      hashes.add(await hashOf(join(out, PIPELINES[pipeline].sink)));
      if (interval === NEVER) continue;
      const { count, seconds } = checkpoints;
      const share = `${((100 * seconds) / wall).toFixed(2)} % of ${wall.toFixed(1)} s`;
      console.log(
        `  ${pipeline.padEnd(8)} every ${interval} s: ${count} checkpoints took ${seconds.toFixed(2)} s, ${share}`,
      );
    }
    if (hashes.size > 1) throw new Error(`${pipeline}: the rows depend on checkpoints`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {[string, { steps: string[], sink: string }]} entry */
function pipelineOf([name, { steps, sink }]) {
  const { rCut, nMax, lMax, sigma } = PAPER;
  const all = [`soap: { rCut: ${rCut}, nMax: ${nMax}, lMax: ${lMax}, sigma: ${sigma} }`, ...steps];
  return `  ${name}:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, imageToXyz, ${all.map((step) => (step.includes(':') ? `{ ${step} }` : step)).join(', ')}]
    sinks: [{ parquet: { path: '\${out}/${sink}'${sink.includes('.') ? '' : ', rowsPerFile: 100000'} } }]
`;
}

/** @param {string} path a file, or a folder of files */
async function hashOf(path) {
  const names = path.endsWith('.parquet') ? [path] : (await readdir(path)).toSorted().map((name) => join(path, name));
  const hash = createHash('sha256');
  for (const name of names) hash.update(await readFile(name));
  return hash.digest('hex');
}
