/**
 * The Python package in python/: its tests and `mypy --strict`, in a new environment with the package installed.
 *
 *     npm run build && node scripts/checkPython.mjs [--python interpreter] [arguments of pytest]
 *
 * With --python nothing is installed. pip brings the rest: pytest, mypy, ase, and DScribe, beside which `SOAP` is tested.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from '../bench/support/python.mjs';

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
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
