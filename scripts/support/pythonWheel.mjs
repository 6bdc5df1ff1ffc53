import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The bundle: what else is in dist/ is the library. */
const PROGRAM = ['cli.js', 'program', 'workers'];
/** What Node reads of it. */
const FIELDS = ['name', 'version', 'license', 'type', 'engines'];

/**
 * Builds the wheel of python/ with the program in it, so that pip alone installs what `segment` and `SOAP` run. What the program loads from
 * other packages (Parquet, training, reports) is not in it. Expects `npm run build`.
 *
 * @param {string} folder where the wheel and what it is made of go
 * @param {string} python with pip
 * @returns {string} the wheel
 */
export function buildWheel(folder, python) {
  const staged = join(folder, 'python');
  cpSync(join(ROOT, 'python'), staged, { recursive: true, filter: (path) => !/__pycache__|\.egg-info/.test(path) });
  const program = join(staged, 'src', 'soapstream', '_program');
  mkdirSync(program);
  for (const name of PROGRAM) {
    cpSync(join(ROOT, 'dist', name), join(program, 'dist', name), {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const read = {
    ...Object.fromEntries(FIELDS.map((field) => [field, manifest[field]])),
    exports: { './package.json': './package.json' },
  };
  writeFileSync(join(program, 'package.json'), `${JSON.stringify(read, null, 2)}\n`);
  cpSync(join(ROOT, 'LICENSE'), join(program, 'LICENSE'));
  const wheels = join(folder, 'wheels');
  const options = ['--quiet', '--no-deps', '--wheel-dir', wheels];
  execFileSync(python, ['-m', 'pip', 'wheel', ...options, staged], { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(wheels, readdirSync(wheels)[0]);
}
