/**
 * Principal components of many shapes on one thread, beside scikit-learn's PCA with its own choice of a solver, in seconds of CPU. Rows are
 * float64 in memory; ours arrive in batches of 1,024.
 *
 *     npm run build && node bench/pca.mjs [--rounds 5] [--python interpreter] [--float32] [--only 5000x3276]
 *
 * Each result is checked by its definition: what is left of C v − λ v, as a fraction of the largest λ, is at most 1e-12. The table has the same of
 * scikit-learn, whose solver for wide rows is randomized. Variances of both agree to 1e-4. The exit code is
 * 1 if a result is wrong. With the largest shape it takes 8 GB of memory. Without --python scikit-learn is installed from the Python Package Index
 * into an environment that is thrown away.
 */
import { parseArgs } from 'node:util';
import { PcaFit } from '#dist/stats/pcaFit.js';
import { finished } from '#dist/stats/steps.js';
import { countArgument } from './support/numbers.mjs';
import { chunksOf, makeRows } from './support/rows.mjs';
import { Sklearn } from './support/sklearn.mjs';
import { digits, printTable } from './support/table.mjs';

/** Rows, columns, components; of noise no direction stands out, and only a full decomposition by scikit-learn is right. */
const SHAPES = [
  [50, 5000, 8],
  [200, 3276, 8],
  [1000, 1000, 8],
  [3000, 5000, 8],
  [5000, 3276, 8],
  [5000, 3276, 100],
  [20_000, 5000, 8],
  [10_000, 1000, 8],
  [10_000, 1000, 100],
  [100_000, 308, 100],
  [1_000_000, 308, 8],
  [2000, 1000, 8, 'noise', 'full'],
];
const MOST_RESIDUAL = 1e-12;
const MOST_DIFFERENCE = 1e-4;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    python: { type: 'string' },
    float32: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const rounds = countArgument('rounds', values.rounds, 5);
const shapes = SHAPES.filter(([rows, columns]) => values.only === undefined || values.only === `${rows}x${columns}`);
const sklearn = await Sklearn.start(values.python);
try {
  const lines = [];
  for (const shape of shapes) lines.push(await measure(...shape));
  printTable(
    [
      'rows × columns, components',
      'this library s',
      `scikit-learn ${sklearn.version} s`,
      '× its time',
      'left of C v − λ v',
      'of theirs',
    ],
    lines,
  );
} finally {
  await sklearn.close();
}

async function measure(rowCount, columnCount, components, spectrum = 'decaying', solver = 'auto') {
  const rows = makeRows(rowCount, columnCount, values.float32 ? Float32Array : Float64Array, spectrum);
  await sklearn.load(rows, columnCount);
  let [own, theirs] = [Infinity, Infinity];
  let [pca, peer] = [undefined, undefined];
  for (let round = 0; round < rounds; round++) {
    const begin = process.cpuUsage();
    pca = fit(rows, columnCount, components);
    const { user, system } = process.cpuUsage(begin);
    own = Math.min(own, (user + system) / 1e6);
    peer = await sklearn.pca(components, solver);
    theirs = Math.min(theirs, peer.cpu);
  }
  const name = `${rowCount} × ${columnCount}, ${components}${spectrum === 'noise' ? ' of noise' : ''}`;
  const residual = residualOf(rows, pca.mean, pca.components, pca.explainedVariance);
  const theirResidual = residualOf(rows, pca.mean, peer.components, peer.variances);
  expectAtMost(`${name}: what is left of C v − λ v`, residual, MOST_RESIDUAL);
  const difference = pca.explainedVariance.reduce((most, x, i) => Math.max(most, Math.abs(x - peer.variances[i])), 0);
  expectAtMost(`${name}: difference of variances`, difference / peer.variances[0], MOST_DIFFERENCE);
  return [
    name,
    digits(own),
    digits(theirs),
    (own / theirs).toFixed(2),
    residual.toExponential(0),
    theirResidual.toExponential(0),
  ];
}

function fit(rows, columnCount, components) {
  const pcaFit = new PcaFit(columnCount, components, 2 ** 30);
  for (const chunk of chunksOf(rows, columnCount)) finished(pcaFit.add(chunk));
  return finished(pcaFit.finish());
}

/** The largest element of Σ (x − mean)(x − mean)ᵀ v / (n − 1) − λ v, as a fraction of the largest λ. */
function residualOf(rows, mean, vectors, variances) {
  const columnCount = mean.length;
  const images = new Float64Array(vectors.length);
  const centered = new Float64Array(columnCount);
  for (let at = 0; at < rows.length; at += columnCount) {
    for (let c = 0; c < columnCount; c++) centered[c] = rows[at + c] - mean[c];
    for (let start = 0; start < vectors.length; start += columnCount) {
      let code = 0;
      for (let c = 0; c < columnCount; c++) code += centered[c] * vectors[start + c];
      for (let c = 0; c < columnCount; c++) images[start + c] += code * centered[c];
    }
  }
  const most = images.reduce((largest, image, at) => {
    const expected = variances[Math.floor(at / columnCount)] * vectors[at];
    return Math.max(largest, Math.abs(image / (rows.length / columnCount - 1) - expected));
  }, 0);
  return most / variances[0];
}

function expectAtMost(what, value, most) {
  if (value <= most) return;
  console.log(`${what}: expected at most ${most}, got ${value}`);
  process.exitCode = 1;
}
