/**
 * The Python package in python/: its tests and `mypy --strict`, in a new environment with the package installed. Then a wheel that carries
 * the program: the examples of its README with nothing else of soapstream on the machine.
 *
 *     npm run build && node scripts/checkPython.mjs [--python interpreter] [arguments of pytest]
 *
 * With --python nothing is installed, and no wheel is built. pip brings the rest: pytest, mypy, ase, and DScribe, beside which `SOAP` is tested.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../bench/support/python.mjs';
import { buildWheel } from './support/pythonWheel.mjs';

const PACKAGE = fileURLToPath(new URL('../python/', import.meta.url));
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

const { values, positionals } = parseArgs({ options: { python: { type: 'string' } }, allowPositionals: true });
const folder = mkdtempSync(join(tmpdir(), 'soapstream-python-'));
try {
  const python = values.python ?? makeEnvironment(folder, PACKAGE, 'pytest', 'mypy', 'ase', 'dscribe==2.1.2');
  const env = {
    ...process.env,
    SOAPSTREAM_NODE: process.execPath,
    SOAPSTREAM_CLI: CLI,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const options = { cwd: PACKAGE, stdio: 'inherit', env };
  const mypy = ['-m', 'mypy', '--strict', '--cache-dir', join(folder, 'mypy'), 'src'];
  const pytest = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...positionals];
  const failed = [mypy, pytest].filter((args) => spawnSync(python, args, options).status !== 0);
  // Whoever installs it must find the types too.
  const typed = 'import importlib.resources as r; assert (r.files("soapstream") / "py.typed").is_file()';
  execFileSync(python, ['-c', typed], { stdio: 'inherit', cwd: folder });
  if (!values.python && !runsFromWheel(python)) failed.push('wheel');
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Whether the examples run in an environment that has the wheel and Node of pip alone, with nothing on the PATH. */
function runsFromWheel(builder) {
  const alone = join(folder, 'alone');
  mkdirSync(alone);
  const python = makeEnvironment(alone, `${buildWheel(alone, builder)}[node]`, 'pytest', 'ase');
  const env = { ...process.env, PATH: alone, SOAPSTREAM_NODE: '', SOAPSTREAM_CLI: '', PYTHONDONTWRITEBYTECODE: '1' };
  const where = 'from soapstream._find import PROGRAM, find_cli; assert find_cli() == str(PROGRAM), find_cli()';
  execFileSync(python, ['-c', where], { stdio: 'inherit', cwd: alone, env });
  const test = join(PACKAGE, 'tests', 'test_readme.py');
  const pytest = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--rootdir', alone, '--noconftest', test];
  return spawnSync(python, pytest, { cwd: alone, stdio: 'inherit', env }).status === 0;
}
