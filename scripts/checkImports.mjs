/**
 * Holds the imports of src/ to the table in imports.json: for each room (a folder of src/, or a file beside them) the rooms and
 * packages that it imports, neither more nor less. Types count, and so do `import()` and modules of threads. No circle between rooms,
 * none between files. Part of `npm run lint`.
 *
 *   node scripts/checkImports.mjs [SRC] [TABLE]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const [source = 'src', tablePath = fileURLToPath(new URL('imports.json', import.meta.url))] = process.argv.slice(2);
const IMPORTS =
  /^(?:import|export)\s[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'|\bnew URL\(\s*'([^']+\.js)'/gm;

const written = Object.entries(JSON.parse(readFileSync(tablePath, 'utf8')));
const table = new Map(written.map(([room, targets]) => [room, targets.split(' ')]));
const problems = [];
/** Files by file, and files by arrow between rooms. */
const files = new Map();
const arrows = new Map();

for (const file of sourceFiles()) {
  const text = readFileSync(join(source, file), 'utf8');
  const targets = [...text.matchAll(IMPORTS)].flatMap((found) => targetOf(file, found));
  files.set(file, targets);
  for (const target of targets) {
    const [from, to] = [roomOf(file), roomOf(target)];
    if (from === to) continue;
    arrows.set(from, (arrows.get(from) ?? new Map()).set(to, file));
  }
}

for (const [from, targets] of arrows) {
  for (const [to, file] of targets) {
    if (!table.get(from)?.includes(to)) problems.push(`${join(source, file)} imports ${to}, which ${from} may not`);
  }
}
for (const [from, targets] of table) {
  const unused = targets.filter((to) => !arrows.get(from)?.has(to));
  if (unused.length > 0) problems.push(`${from} may import ${unused.join(', ')}, but does not: take it from the table`);
}
const rooms = new Map([...arrows].map(([from, targets]) => [from, [...targets.keys()]]));
for (const circle of [...circlesIn(rooms), ...circlesIn(files)]) problems.push(`a circle: ${circle.join(' → ')}`);

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Those that TypeScript compiles; AssemblyScript imports nothing from outside its folder. */
function sourceFiles() {
  const all = readdirSync(source, { recursive: true }).map((file) => file.split(sep).join('/'));
  return all
    .filter((file) => file.endsWith('.ts') && !file.includes('/assembly/'))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** A file of src/, or a package; none where a path leads out of src/. */
function targetOf(file, [text, ...specifiers]) {
  const specifier = specifiers.find((each) => each !== undefined);
  if (!specifier.startsWith('.') && !text.startsWith('new URL')) return [packageOf(specifier)];
  const path = join(dirname(file), specifier).split(sep).join('/');
  return path.startsWith('..') ? [] : [path.replace(/\.js$/, '.ts')];
}

function packageOf(specifier) {
  return specifier.startsWith('node:') ? 'node' : /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0];
}

function roomOf(target) {
  return target.startsWith('@') ? target : target.split('/', 1)[0];
}

function circlesIn(graph) {
  const circles = [];
  const done = new Set();
  const visit = (node, trail) => {
    if (trail.includes(node)) circles.push([...trail.slice(trail.indexOf(node)), node]);
    if (done.has(node) || trail.includes(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}
