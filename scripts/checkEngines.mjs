/**
 * The examples of docs/otherEngines.md: steps of a pipeline in DuckDB, ClickHouse, Ray Data and Spark give the rows of the command, and a row
 * that fails is an error there.
 *
 *     npm run build && node scripts/checkEngines.mjs [--python interpreter]
 *
 * pip brings the engines; ClickHouse is that of chdb. Spark needs Java 17. With --python nothing is installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../bench/support/python.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const EXAMPLES = path('../examples/engines/');
const CLI = path('../dist/cli.js');
const PIPELINES = `
pipelines:
  clouds: { source: { xyz: { path: clouds.xyz } }, sinks: [{ parquet: { path: clouds.parquet } }] }
  faulty: { source: { xyz: { path: faulty.xyz } }, sinks: [{ parquet: { path: faulty.parquet } }] }
  describe:
    source: { parquet: { path: clouds.parquet } }
    steps:
      - soap: { rCut: 5, nMax: 6, lMax: 4, sigma: 0.5, species: [H, C, N, O] }
      - select: { columns: [image, center, soap] }
    sinks: [{ parquet: { path: rows.parquet } }]
`;
const FAULTY = '2\nProperties=species:S:1:pos:R:3\nH 0 0 0\nF 0 0 0.9\n';
/** What an engine says of a row that fails. ClickHouse says only that a script has failed. */
const PLACE = /describe › soap, batch \d+, row \d+ \(image 8\)/;
const ENGINES = {
  duckDb: { place: PLACE },
  clickHouse: { place: /Code: \d+/ },
  rayData: { place: PLACE },
  spark: { place: PLACE },
};

const { values } = parseArgs({ options: { python: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'soapstream-engines-'));
try {
  const packages = [`${path('../python/')}[ray,spark]`, 'duckdb', 'chdb', 'setuptools'];
  const python = values.python ?? makeEnvironment(folder, ...packages);
  const env = environment(python);
  prepare(env);
  const results = Object.entries(ENGINES).map(([engine, { place }]) => {
    const output = run(python, engine, 'clouds.parquet', env);
    const isSame =
      output.status === 0 &&
      spawnSync(python, [path('support/sameRows.py'), join(folder, 'rows.parquet'), output.target], {
        stdio: 'inherit',
      }).status === 0;
    if (output.status !== 0) console.log(output.said);
    const refusal = run(python, engine, 'faulty.parquet', env);
    const isRefused = refusal.status !== 0 && place.test(refusal.said);
    if (!isRefused) console.log(refusal.said);
    return { engine, 'rows of the command': isSame, 'a faulty row is an error': isRefused };
  });
  console.table(results);
  process.exitCode = results.every((each) => !Object.values(each).includes(false)) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** With `soapstream` on the PATH, as npm would put it there. */
function environment(python) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'soapstream'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(join(bin, 'soapstream'), 0o755);
  const own = { SOAPSTREAM_NODE: process.execPath, SOAPSTREAM_CLI: CLI, PYSPARK_PYTHON: python, RAY_DEDUP_LOGS: '0' };
  const local = { SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_SUBMIT_ARGS: '--master local[2] pyspark-shell' };
  return { ...process.env, ...own, ...local, PATH: [bin, process.env.PATH].join(delimiter) };
}

function prepare(env) {
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
  const clouds = join(folder, 'clouds.xyz');
  copyFileSync(path('../examples/data/molecules.xyz'), clouds);
  writeFileSync(join(folder, 'faulty.xyz'), `${readFileSync(clouds, 'utf8').trimEnd()}\n${FAULTY}`);
  execFileSync(process.execPath, [CLI, 'run', 'pipelines.yaml'], { cwd: folder, env, stdio: 'ignore' });
}

function run(python, engine, source, env) {
  const target = join(folder, `${engine}-of-${source}`);
  const what = engine === 'clickHouse' ? [EXAMPLES] : ['pipelines.yaml', 'describe'];
  const script = join(EXAMPLES, `${engine}.py`);
  const options = { cwd: folder, env, encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(python, [script, ...what, join(folder, source), target], options);
  return { status, target, said: `${engine}: ${stdout}${stderr}` };
}
