/**
 * DScribe's own tests of its SOAP, run on this library.
 *
 *     npm run build && node scripts/peers/dscribe.mjs [--repository url or folder] [--python interpreter] [--reference cases [--seed 1]]
 *
 * The tests are those of DScribe's source package on the Python Package Index. What they import and the arrays that they compare
 * with are not in that package: they come from its repository, of which --repository may name a copy. Everything is installed and
 * kept in a temporary folder; with --python nothing is installed.
 *
 * The tests are not changed: they get the `SOAP` of the package in python/ in the place of DScribe's.
 * Tests of what only DScribe has, or cannot do, are not applicable; each is told with its reason. The exit code is 1 if any other fails.
 *
 * --reference  compares rows of so many random clouds and options with an independent quadrature instead (scripts/peers/dscribe/reference.py).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../../bench/support/python.mjs';

const VERSION = '2.1.2';
const REPOSITORY = 'https://github.com/SINGROUP/dscribe.git';
/** Of the repository: the last tag whose tests are those of VERSION. */
const TAG = 'v2.1.1';
const TESTS = 'test_soap.py';
const HELPERS = fileURLToPath(new URL('./dscribe/', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../python/src/', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

const { values } = parseArgs({
  options: {
    repository: { type: 'string', default: REPOSITORY },
    python: { type: 'string' },
    reference: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'soapstream-dscribe-'));
try {
  process.exitCode = values.reference === undefined ? runTests() : compareWithQuadrature();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {number} the exit code */
function runTests() {
  const python = values.python ?? makeEnvironment(folder, `dscribe==${VERSION}`, 'pytest', 'pyarrow');
  fetchTests(python);
  const outcomes = join(folder, 'outcomes.json');
  const { status } = run(
    python,
    ['-m', 'pytest', '-q', '--no-header', '--tb=short', '-p', 'plugin', '-p', 'no:cacheprovider', TESTS],
    {
      OUTCOMES: outcomes,
    },
  );
  // 0 and 1 are what pytest ends with if it has run the tests.
  if (status !== 0 && status !== 1) return 1;
  const all = JSON.parse(readFileSync(outcomes, 'utf8'));
  const of = (outcome) => all.filter(([, each]) => each === outcome);
  for (const reason of new Set(of('not applicable').map(([, , each]) => each))) {
    console.log(`not applicable, ${all.filter(([, , each]) => each === reason).length}: ${reason}`);
  }
  for (const [test, , reason] of of('failed')) console.log(`failed: ${test}: ${reason}`);
  const counts = ['passed', 'failed', 'not applicable'].map((outcome) => `${of(outcome).length} ${outcome}`);
  console.log(`DScribe ${VERSION}, tests of SOAP: ${counts.join(', ')}`);
  return of('failed').length > 0 || of('passed').length === 0 ? 1 : 0;
}

/** @returns {number} the exit code */
function compareWithQuadrature() {
  const python = values.python ?? makeEnvironment(folder, 'mpmath', 'numpy', 'scipy');
  return run(python, [join(HELPERS, 'reference.py'), values.reference, values.seed]).status ?? 1;
}

/** The tests of the source package, and beside them what they need of the repository. @param {string} python */
function fetchTests(python) {
  const stdio = ['ignore', 'ignore', 'inherit'];
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-binary', 'dscribe', '--no-deps', '--dest', folder];
  execFileSync(python, [...pip, `dscribe==${VERSION}`], { stdio });
  const archive = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tar.gz')),
  );
  execFileSync('tar', ['-xzf', archive, '-C', folder, '--strip-components=2', `dscribe-${VERSION}/tests/${TESTS}`], {
    stdio,
  });
  const checkout = join(folder, 'repository');
  const clone = ['-c', 'advice.detachedHead=false', 'clone', '--quiet', '--branch', TAG, values.repository, checkout];
  if (spawnSync('git', clone, { stdio }).status !== 0) {
    console.error(`${values.repository} could not be cloned: name a copy of DScribe's repository by --repository`);
    process.exit(2);
  }
  for (const name of readdirSync(join(checkout, 'tests'))) {
    if (name === 'conftest.py' || name.endsWith('.npy'))
      copyFileSync(join(checkout, 'tests', name), join(folder, name));
  }
}

/** @param {string} python @param {readonly string[]} args @param {Record<string, string>} [environment] */
function run(python, args, environment) {
  const env = {
    ...process.env,
    PYTHONPATH: [HELPERS, PACKAGE].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    SOAPSTREAM_NODE: process.execPath,
    SOAPSTREAM_CLI: CLI,
    ...environment,
  };
  return spawnSync(python, args, { cwd: folder, stdio: 'inherit', env });
}
