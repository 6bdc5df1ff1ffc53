/**
 * What it costs to cut a run into tasks, and what that makes of a large one.
 *
 *     npm run build && node bench/tasks.mjs [images, default 1600] [cores, default 1000] [millions of images, default 1000]
 *
 * MNIST training images, every point a centre, to a folder of Parquet: by `soapstream run` without workers, and by `plan`, `task` and
 * `commit` with 1 task and with one for 8 images each. One process runs after the other; CPU time is that of all its threads, and of the
 * commit wall time is told, too. Other rows fail the script. What many tasks take beyond one is what a task costs.
 *
 * From this follows what a run on many cores takes if its storage is fast enough, and how fast that has to be.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetSource } from 'soapstream/io';
import { HERE, REPORT_USAGE } from './support/measuredRun.mjs';
import { idxFiles, PAPER, spreadImages } from './support/mnist.mjs';
import { countArgument } from './support/numbers.mjs';
import { digits, printTable } from './support/table.mjs';

const IMAGES_OF_A_TASK = 8;
const images = countArgument('images', process.argv[2], 1600);
const cores = countArgument('cores', process.argv[3], 1000);
const wanted = countArgument('millions of images', process.argv[4], 1000) * 1e6;
const folder = mkdtempSync(join(tmpdir(), 'soapstream-tasks-'));

try {
  const files = idxFiles(spreadImages(images));
  for (const name of ['images', 'labels']) writeFileSync(join(folder, name), files[name]);
  const describe = {
    source: { idx: { images: 'images', labels: 'labels' } },
    steps: [{ decodeMnist: { batchRows: IMAGES_OF_A_TASK } }, 'imageToXyz', { soap: PAPER }],
    sinks: [{ parquet: { path: '${out}/descriptors' } }],
  };
  writeFileSync(join(folder, 'plans.yaml'), JSON.stringify({ pipelines: { describe } }));

  const local = soapstream('run', 'plans.yaml', 'describe', '--workers', '0', '--out', 'local');
  const [one, many] = [1, Math.ceil(images / IMAGES_OF_A_TASK)].map(byTasks);
  const hashes = await Promise.all(['local', one.out, many.out].map(hashOf));
  if (new Set(hashes.map(({ hash }) => hash)).size > 1) throw new Error('the rows depend on the number of tasks');

  const { rows } = hashes[0];
  console.log(`${images} images, ${rows} rows; rows equal`);
  printTable(
    ['', 'plan, CPU s', 'tasks, CPU s', 'commit, CPU s', 'commit, wall s', 'in all, CPU s'],
    [
      ['run', '', '', '', '', digits(local.cpu)],
      ...[one, many].map(({ count, plan, tasks, commit }) =>
        [`${count} ${count === 1 ? 'task' : 'tasks'}`].concat(
          [plan.cpu, tasks, commit.cpu, commit.wall, plan.cpu + tasks + commit.cpu].map(digits),
        ),
      ),
    ],
  );
  const perTask = (many.tasks - one.tasks) / (many.count - 1);
  const perPart = (many.commit.wall - one.commit.wall) / (many.count - 1);
  const perImage = (one.tasks - perTask) / images;
  const bytes = bytesIn(join(folder, 'local', 'descriptors')) / images;
  console.log(`an image: ${digits(perImage * 1e3)} ms of CPU, ${digits(bytes / 1e3)} kB of Parquet`);
  console.log(`a task: ${digits(perTask)} s of CPU; its part at the commit: ${digits(perPart * 1e3)} ms`);

  const nTasks = 10 * cores;
  const seconds = (perImage * wanted + perTask * nTasks) / cores;
  console.log(
    `${(wanted / 1e6).toFixed(0)} million images on ${cores} cores, ${nTasks} tasks: ${digits(seconds / 60)} min of tasks` +
      ` (${digits((perTask * nTasks) / cores)} s of it starts), ${digits((perPart * nTasks) / 60)} min of commit;` +
      ` ${digits((bytes * wanted) / 1e12)} TB are written, ${digits((bytes * wanted) / seconds / 1e9)} GB/s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {number} count of tasks */
function byTasks(count) {
  const [to, out] = [`tasks-${count}`, `out-${count}`];
  const plan = soapstream('plan', 'plans.yaml', 'describe', '--splits', String(count), '--to', to, '--out', out);
  let tasks = 0;
  let manifest = '';
  for (let i = 0; i < count; i++) {
    const { cpu, stdout } = soapstream('task', `${to}/task-${i}.json`, '--attempt', '1', '--workers', '0');
    tasks += cpu;
    manifest += stdout;
  }
  writeFileSync(join(folder, 'manifest.jsonl'), manifest);
  const commit = soapstream('commit', `${to}/plan.json`, 'manifest.jsonl');
  return { count, out, plan, tasks, commit };
}

/** @param {...string} args @returns {{ cpu: number, wall: number, stdout: string }} seconds */
function soapstream(...args) {
  const start = performance.now();
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ['--import', REPORT_USAGE, join(HERE, 'dist/cli.js'), ...args],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`${args.join(' ')}: ${String(stderr)}`);
  const { userCPUTime, systemCPUTime } = JSON.parse(output[3]);
  return { cpu: (userCPUTime + systemCPUTime) / 1e6, wall: (performance.now() - start) / 1000, stdout: String(stdout) };
}

/** Of all descriptors, in their order. @param {string} out */
async function hashOf(out) {
  const hash = createHash('sha256');
  let rows = 0;
  const options = parquetSource.options.parse({ path: join(folder, out, 'descriptors'), columns: ['soap'] });
  const source = await parquetSource.open(options, { resolvePath: (path) => path });
  for await (const batch of source.batches(new AbortController().signal)) {
    rows += batch.numRows;
    hash.update(batch.getChild('soap').data[0].children[0].values);
  }
  return { rows, hash: hash.digest('hex') };
}

/** @param {string} path of a folder */
function bytesIn(path) {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
