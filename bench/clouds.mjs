/**
 * MB/s of point cloud files that one core reads: XYZ and PLY, from bytes in memory to Arrow batches.
 *
 *     npm run build && node bench/clouds.mjs [rounds] [another checkout, built]
 *
 * Each file has 1 MB. Its clouds are compared with those it was written from, number by number; the script fails if one differs.
 * Figures are CPU time, the least of all rounds, and of the whole
 * process: the engine's own threads count. Beside another checkout the rounds alternate.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SequentialRandom } from '#dist/learning/random.js';
import { HERE } from './support/measuredRun.mjs';
import { countArgument } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';

const BYTES = 1e6;
const SYMBOLS = ['H', 'C', 'N', 'O', 'Cl'];
const rounds = countArgument('rounds', process.argv[2], 60);
const checkouts = [HERE, ...process.argv.slice(3, 4)];
const random = new SequentialRandom(1, 0);
const folder = mkdtempSync(join(tmpdir(), 'soapstream-clouds-'));

/** @typedef {{ points: number[][], text: Uint8Array[] }} Written */
const FILES = [
  { name: 'XYZ, 5 atoms a frame, no comment', file: xyz(5, () => '') },
  { name: 'XYZ, 5 atoms a frame, another comment each', file: xyz(5, (i) => `molecule ${i}`) },
  { name: 'extended XYZ, 5 atoms, the same keys', file: xyz(5, () => 'Properties=species:S:1:pos:R:3 pbc="F F F"') },
  {
    name: 'extended XYZ, 5 atoms, another energy each',
    file: xyz(5, (i) => `Properties=species:S:1:pos:R:3 energy=${(-i / 7).toFixed(6)} pbc="F F F"`),
  },
  { name: 'XYZ, 20 atoms a frame, no comment', file: xyz(20, () => '') },
  { name: 'XYZ, 10,000 atoms a frame', file: xyz(10_000, () => 'a trajectory') },
  { name: 'PLY, ascii', file: plyAscii() },
  { name: 'PLY, ascii with colours', file: plyAscii(' 200 100 7') },
  { name: 'PLY, binary', file: plyBinary() },
];

try {
  const modules = await Promise.all(checkouts.map(sourcesOf));
  const rows = [];
  for (const { name, file } of FILES) {
    const path = join(folder, file.name);
    writeFileSync(path, file.bytes);
    const least = modules.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
      for (const [i, sources] of modules.entries()) {
        const before = process.cpuUsage();
        const points = await read(sources, path);
        const { user, system } = process.cpuUsage(before);
        least[i] = Math.min(least[i], (user + system) / 1e6);
        expectPoints(name, points, file.points);
      }
    }
    const rates = least.map((seconds) => file.bytes.length / 1e6 / seconds);
    rows.push([
      name,
      ...rates.map((rate) => rate.toFixed(0)),
      ...rates.slice(1).map((rate) => (rates[0] / rate).toFixed(1)),
    ]);
  }
  printTable(['MB/s of CPU', 'here', ...(checkouts.length > 1 ? ['there', 'ratio'] : [])], rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} checkout */
async function sourcesOf(checkout) {
  const load = (file) => import(pathToFileURL(join(checkout, 'dist', file)).href);
  const [{ xyzSource }, { plySource }, { ioContext }] = await Promise.all(
    ['io/xyz.js', 'io/ply.js', 'io/paths.js'].map(load),
  );
  return { xyz: xyzSource, ply: plySource, context: ioContext('.') };
}

/** All coordinates of a file. @param {Awaited<ReturnType<typeof sourcesOf>>} sources @param {string} path */
async function read(sources, path) {
  const definition = path.endsWith('.xyz') ? sources.xyz : sources.ply;
  const source = await definition.open(definition.options.parse({ path }), sources.context);
  const parts = [];
  for await (const batch of source.batches(new AbortController().signal)) {
    const points = batch.data.children[batch.schema.fields.findIndex(({ name }) => name === 'points')].children[0];
    parts.push(points.children[0].values.subarray(0, 3 * points.length));
  }
  return parts;
}

/** @param {string} name @param {Float64Array[]} parts @param {Float64Array} expected */
function expectPoints(name, parts, expected) {
  let at = 0;
  for (const part of parts)
    for (const value of part) if (value !== expected[at++]) throw new Error(`${name}: number ${at} is ${value}`);
  if (at !== expected.length) throw new Error(`${name}: expected ${expected.length} numbers, got ${at}`);
}

/** A coordinate as programs write it. */
function coordinate() {
  return (20 * random.uniform() - 10).toFixed(8);
}

/** @param {number} atoms of a frame @param {(frame: number) => string} comment */
function xyz(atoms, comment) {
  const [numbers, lines] = [[], []];
  let bytes = 0;
  for (let frame = 0; bytes < BYTES; frame++) {
    const head = `${atoms}\n${comment(frame)}\n`;
    lines.push(head);
    bytes += head.length;
    for (let i = 0; i < atoms; i++) {
      const position = [coordinate(), coordinate(), coordinate()];
      const line = `${SYMBOLS[i % SYMBOLS.length].padEnd(2)} ${position.map((text) => text.padStart(14)).join(' ')}\n`;
      lines.push(line);
      bytes += line.length;
      numbers.push(...position.map(Number));
    }
  }
  return { name: 'a.xyz', bytes: Buffer.from(lines.join('')), points: Float64Array.from(numbers) };
}

/** @param {string} [more] of each line */
function plyAscii(more = '') {
  const count = Math.floor(BYTES / (33 + more.length));
  const lines = Array.from({ length: count }, () => [coordinate(), coordinate(), coordinate()]);
  const colours = more && ['red', 'green', 'blue'].map((name) => `property uchar ${name}\n`).join('');
  const header = plyHeader('ascii', 'double', count, colours);
  const text = lines.map((position) => `${position.join(' ')}${more}\n`).join('');
  return { name: 'a.ply', bytes: Buffer.from(header + text), points: Float64Array.from(lines.flat(), Number) };
}

function plyBinary() {
  const points = Float32Array.from({ length: 3 * Math.floor(BYTES / 12) }, () => random.uniform());
  const header = Buffer.from(plyHeader('binary_little_endian', 'float', points.length / 3));
  return {
    name: 'a.ply',
    bytes: Buffer.concat([header, Buffer.from(points.buffer)]),
    points: Float64Array.from(points),
  };
}

/** @param {string} format @param {string} type @param {number} count @param {string} [more] properties */
function plyHeader(format, type, count, more = '') {
  const axes = ['x', 'y', 'z'].map((name) => `property ${type} ${name}\n`).join('');
  return `ply\nformat ${format} 1.0\nelement vertex ${count}\n${axes}${more}end_header\n`;
}
