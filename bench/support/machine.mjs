import { Worker } from 'node:worker_threads';

/** Work in the first-level cache that no thread takes from another. */
const WORK = `
  const values = new Float64Array(2048).fill(1.0001);
  let sum = 0;
  for (let round = 0; round < 150_000; round++) for (let i = 0; i < values.length; i++) sum += values[i] * values[(i * 7) & 2047];
  require('node:worker_threads').parentPort.postMessage(sum);`;

/**
 * How much faster the machine does the same work on two threads, each by itself: what a second worker could bring at best, now and here.
 * @returns {Promise<number>}
 */
export async function twoThreadRatio() {
  await seconds(1); // the engine warms up
  const [one, two] = [await seconds(1), await seconds(2)];
  return (2 * one) / two;
}

/** @param {number} threads */
async function seconds(threads) {
  const start = performance.now();
  await Promise.all(Array.from({ length: threads }, work));
  return (performance.now() - start) / 1000;
}

function work() {
  return new Promise((resolve, reject) => {
    new Worker(WORK, { eval: true }).once('message', resolve).once('error', reject);
  });
}
