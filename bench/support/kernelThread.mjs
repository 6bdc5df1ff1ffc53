/** A worker thread that times the kernel for MNIST training images, every point a centre, in a heap of its own; answers in seconds. */
import { parentPort, workerData } from 'node:worker_threads';
import { PowerSpectrum } from '#dist/soap/index.js';
import { mnistCloud, PAPER } from './mnist.mjs';

/** @type {number[]} */
const indices = workerData;
const clouds = indices.map((index) => mnistCloud(index));
const spectrum = new PowerSpectrum(PAPER);
// Rounded to float32, as the pipeline's rows are.
const out = new Float32Array(784 * spectrum.featureCount);
const start = performance.now();
for (const cloud of clouds) {
  spectrum.compute(cloud, cloud, { out: out.subarray(0, (cloud.length / 3) * spectrum.featureCount) });
}
const seconds = (performance.now() - start) / 1000;
parentPort.postMessage(seconds, []);
