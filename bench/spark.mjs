/**
 * What a run on Spark costs beside a local one: CPU time of all processes, in a session that is warm.
 *
 *     npm run build && node bench/spark.mjs [images, default 3500] [tasks, default 4] [--python interpreter with pyspark]
 *
 * MNIST training images, every point a centre, to a folder of Parquet. The session is `local[2]`: its Python and Java count, and so do its
 * plan and commit, but not its start. A first small job warms it. Rows are compared: other ones fail the script. Without --python, pip brings Spark.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from './support/python.mjs';
import { idxFiles, PAPER, spreadImages } from './support/mnist.mjs';
import { countArgument } from './support/numbers.mjs';

const { values, positionals } = parseArgs({ options: { python: { type: 'string' } }, allowPositionals: true });
const images = countArgument('images', positionals[0], 3500);
const tasks = countArgument('tasks', positionals[1], 4);
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../python/src', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'soapstream-bench-'));
try {
  const python = values.python ?? makeEnvironment(folder, 'pyspark==4.*', 'pyarrow', 'numpy', 'pandas>=2,<3');
  prepare();
  const { status } = spawnSync(python, [fileURLToPath(new URL('support/spark.py', import.meta.url)), String(tasks)], {
    cwd: folder,
    stdio: 'inherit',
    env: {
      ...process.env,
      SOAPSTREAM_NODE: process.execPath,
      SOAPSTREAM_CLI: CLI,
      PYTHONPATH: PACKAGES,
      PYSPARK_PYTHON: python,
    },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes the input and the pipeline file. */
function prepare() {
  const files = idxFiles(spreadImages(images));
  for (const name of ['images', 'labels']) writeFileSync(join(folder, name), files[name]);
  const small = idxFiles(spreadImages(20));
  for (const name of ['images', 'labels']) writeFileSync(join(folder, `small-${name}`), small[name]);
  const describe = (prefix) => ({
    source: { idx: { images: `${prefix}images`, labels: `${prefix}labels` } },
    steps: ['decodeMnist', 'imageToXyz', { soap: PAPER }],
    sinks: [{ parquet: { path: `\${out}/${prefix}descriptors` } }],
  });
  const pipelines = { describe: describe(''), warm: describe('small-') };
  writeFileSync(join(folder, 'plans.yaml'), JSON.stringify({ pipelines }));
}
