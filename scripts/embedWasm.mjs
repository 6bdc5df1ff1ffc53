/**
 * Puts each WebAssembly module of `dist/` into a JavaScript module beside it, as text in base64, and removes the binary: `x.wasm` becomes
 * `x.wasm.js`. So it is imported like any module, by Node, by browsers and by bundlers, and nobody has to find a file. A step of the build.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

for (const name of readdirSync(DIST, { recursive: true }).filter((each) => each.endsWith('.wasm'))) {
  const file = join(DIST, name);
  writeFileSync(`${file}.js`, `export default '${readFileSync(file, 'base64')}';\n`);
  rmSync(file);
}
