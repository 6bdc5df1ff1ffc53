/**
 * `soapstream.spark` on a standalone cluster of Spark: a master and two executors on 127.0.0.1 and 127.0.0.2. Rows beside the command's, and
 * what a killed or stopped process changes: nothing. Then the main job in tasks beside the local run, with the same harm.
 *
 *     npm run build && node scripts/checkSpark.mjs [--spark 4 --spark 3.5] [--python interpreter] [--mainJob] [arguments of pytest]
 *
 * With --mainJob it is the main job of this repository, in 1, 2, 7 and 64 tasks, by processes and by Spark: some twenty minutes.
 * Expects Java 17 and Linux. pip brings Spark, into an environment for each version; with --python nothing is installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../bench/support/python.mjs';

const PACKAGE = fileURLToPath(new URL('../python/', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** What pytest ends with where arguments leave no test. */
const NO_TESTS = 5;

const { values, positionals } = parseArgs({
  options: {
    spark: { type: 'string', multiple: true, default: ['4', '3.5'] },
    python: { type: 'string' },
    mainJob: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const tests = values.mainJob ? ['_main_job'] : ['', '_archive', '_run', '_speculation'];
const folder = mkdtempSync(join(tmpdir(), 'soapstream-spark-'));
try {
  const pythons = values.python ? [values.python] : values.spark.map(environment);
  const passed = pythons.filter((python) => {
    const env = {
      ...process.env,
      SOAPSTREAM_NODE: process.execPath,
      SOAPSTREAM_CLI: CLI,
      PYTHONDONTWRITEBYTECODE: '1',
    };
    // A process for each: its Java remembers the first cluster.
    const ends = tests.map((name) => {
      const pytest = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `tests/test_spark${name}.py`, ...positionals];
      return spawnSync(python, pytest, { cwd: PACKAGE, stdio: 'inherit', env }).status;
    });
    return ends.every((status) => status === 0 || (positionals.length > 0 && status === NO_TESTS));
  });
  console.log(`Spark: ${passed.length} of ${pythons.length} versions passed`);
  process.exitCode = passed.length === pythons.length ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} version @returns {string} the interpreter */
function environment(version) {
  const own = join(folder, version);
  mkdirSync(own);
  // Spark 3.5 needs distutils, which setuptools has.
  return makeEnvironment(own, `${PACKAGE}[spark]`, `pyspark==${version}.*`, 'pytest', 'setuptools');
}
