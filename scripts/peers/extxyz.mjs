// Reads comment lines of extended XYZ with this library, with the reference reader (extxyz) and with ASE, and says where they differ.
//
//   node scripts/peers/extxyz.mjs [LINES=20000] [--seed 1] [--python PYTHON] [--tests CHECKOUT]
//
// Without --python an environment with both packages is made, and thrown away at the end; without --tests, a checkout of
// https://github.com/libAtoms/extxyz, only generated lines are read. Ends with 1 if there is a difference that is not meant.
//
// A line is one frame of one point. Same means: the same columns, positions, cell and periodicity, or that both refuse it. What is meant:
//
// - strict: the reference refuses a word alone, an empty value, bare values with `,`, `=` or single backslashes, texts in apostrophes, and
//   rows of unequal length in values that nobody asks for. ASE writes or reads these. Ours must give what the reference gives for the same line in the spelling of the specification.
//   Lines are broken by a character that is changed, taken out or put in; one that the reference then refuses must be refused by us, too,
//   or give what it gives for the unbroken line.
// - ase: the reference refuses a line otherwise, and ASE reads it as we do.
// - matrix: a Lattice in brackets that is not symmetric. The specification has vectors in rows, its reader in columns; we refuse it.
// - pbc without Lattice: the reference and ASE have a periodic cell of zeros; we refuse it.
// - twice: a key of the frame that comes twice with different values; the reference takes one of them, we refuse it.
// - misspelt: columns such as species:S:1:pos:R:3 under another key than Properties, and keys such as L,attice or Lattice', which the
//   reference passes over; we refuse them.
// - letters: LATTICE, properties and the like, which other programs write, are keys of the frame to us.
// - apostrophes: 'tis … its' with `=` or quotes between, one word to the reference and a text to ASE; we refuse it.
// - columns: the reference passes over empty parts and spaces in Properties, as in species::S:1, and reads on after the last part that it
//   knows, as in pos:R:3:Lattice=…; we refuse these.
// - backslash: the same of backslashes in Properties, Lattice and pbc.
// - zeros: 03 and the like are numbers to ASE and us, and texts to the reference, which then has no cell.
// - run-on: the reference reads 3-1e-1 as two numbers; we refuse it.
// - adjacent: a key in quotes right after a bare value, without a space; we refuse it.
// - point: a lone point in a Lattice is 0 to the reference; we refuse it.
// - plain: a line that the reference refuses, and that has no key of the frame, is the free text of a plain file, to it as to us.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PythonServer } from '../../bench/support/python.mjs';
import { printTable } from '../../bench/support/table.mjs';
import { XyzParser } from '../../dist/xyz/xyzParser.js';
import { CommentLines } from './support/commentLines.mjs';

/** @typedef {{ species: string[], positions: number[][], cell: number[], pbc: number[] }} Frame */
/** @typedef {readonly Frame[] | null} Reading null where the text is refused */

const SUPPORT = fileURLToPath(new URL('./support', import.meta.url));
const BATCH = 500;

const FRAME_KEYS = /(?:properties|lattice|pbc)["'}\]]?\s*=/i;
const OTHER_LETTERS = /\b(?!Properties|Lattice|pbc)(?:properties|lattice|pbc)\b/i;

/** What we refuse on purpose, by our messages. @type {readonly [string, RegExp][]} */
const REFUSALS = [
  ['matrix', /expected Lattice= with a symmetric matrix/],
  ['pbc without Lattice', /which says that the frame repeats/],
  ['twice', /expected one value of "?(?:properties|lattice|pbc)\b/i],
  ['misspelt', /expected (?:Properties|Lattice|pbc)=(?:"|, got )/i],
  [
    'columns',
    /expected Properties=name:type:columns:…, got |expected the type S, R, I or L of property|expected a key, got "=/,
  ],
  ['backslash', /expected a value of "(?:Properties|Lattice|pbc)", got ".*\\/],
  ['run-on', /expected Lattice= with 9 finite numbers.*\d[-+.]\d/],
  ['adjacent', /expected a value of "[^"]*", got "[^"' ]+\\"/],
  ['point', /expected Lattice= with 9 finite numbers.*[" ]\.[, "]/],
  ['apostrophes', /expected a value of ".*", got "'.*[="]/],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, python: { type: 'string' }, tests: { type: 'string' } },
});
const lines = Number(positionals[0] ?? 20_000);

const folder = await mkdtemp(join(tmpdir(), 'soapstream-extxyz-'));
try {
  const python = values.python ?? makeEnvironment(join(folder, 'venv'));
  const server = new PythonServer(python, join(SUPPORT, 'extxyzServer.py'));
  const versions = await server.ask({ versions: true });
  console.log(`beside extxyz ${versions.extxyz} and ASE ${versions.ase}`);
  const generated = await compareLines(server, new CommentLines(Number(values.seed)));
  const recorded = values.tests === undefined ? undefined : await compareTests(server, python, values.tests);
  server.close();
  const outcomes = [...new Set([...generated.keys(), ...(recorded?.keys() ?? [])])].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  const cells = (/** @type {Map<string, number>} */ counts) => outcomes.map((outcome) => `${counts.get(outcome) ?? 0}`);
  const [left, right] = [cells(generated), recorded ? cells(recorded) : []];
  console.log();
  printTable(
    ['outcome', `${lines} lines`, ...(recorded ? ['files of its tests'] : [])],
    outcomes.map((outcome, i) => [outcome, left[i], ...(recorded ? [right[i]] : [])]),
  );
  if (outcomes.includes('DIFFERENT')) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * @param {PythonServer} server
 * @param {CommentLines} source
 * @returns {Promise<Map<string, number>>} how often each outcome came
 */
async function compareLines(server, source) {
  const counts = new Map();
  for (let done = 0; done < lines; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, lines - done) }, () => source.next());
    const texts = batch.map(({ line, atom }) => `1\n${line}\n${atom}\n`);
    const stricts = batch.map(({ strict, atom }) => `1\n${strict}\n${atom}\n`);
    const answers = await server.ask({ read: texts });
    const strict = await server.ask({ read: stricts });
    for (const [i, text] of texts.entries()) {
      const theirs = { reference: answers.reference[i], strict: strict.reference[i], ase: answers.ase[i] };
      count(counts, text, theirs);
    }
  }
  return counts;
}

/**
 * Runs the tests of the reference itself, and reads every file that it reads in them.
 *
 * @param {PythonServer} server
 * @param {string} python
 * @param {string} checkout
 */
async function compareTests(server, python, checkout) {
  const reads = join(folder, 'reads');
  const tests = ['tests', 'python/ase-extxyz/tests']
    .map((path) => join(checkout, path))
    .filter((path) => existsSync(path));
  for (const path of tests) {
    try {
      execFileSync(python, ['-m', 'pytest', '-q', '-x', '--maxfail=1000', '-p', 'recordReads', path], {
        env: { ...process.env, PYTHONPATH: SUPPORT, READS: reads },
        stdio: 'ignore',
        cwd: folder,
      });
    } catch {
      // Tests that need more than the package skip or fail; the files that were read until then count.
    }
  }
  const recorded = [...new Set((await readFile(reads, 'utf8')).trimEnd().split('\n'))].map((line) => JSON.parse(line));
  const counts = new Map();
  for (let at = 0; at < recorded.length; at += BATCH) {
    const texts = recorded.slice(at, at + BATCH);
    const { reference, ase } = await server.ask({ read: texts });
    for (const [i, text] of texts.entries()) {
      count(counts, text, { reference: reference[i], strict: reference[i], ase: ase[i] });
    }
  }
  return counts;
}

/**
 * @param {Map<string, number>} counts
 * @param {string} text
 * @param {{ reference: Reading, strict: Reading, ase: Reading }} theirs
 */
function count(counts, text, theirs) {
  const { reading, message } = read(text);
  const outcome = outcomeOf(text, reading, message ?? '', theirs);
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  if (outcome !== 'DIFFERENT' || counts.get(outcome) > 20) return;
  console.log(`\n${JSON.stringify(text)}\n  ours      ${message ?? JSON.stringify(reading)}`);
  for (const [name, frames] of Object.entries(theirs)) console.log(`  ${name.padEnd(9)} ${JSON.stringify(frames)}`);
}

/**
 * @param {string} text
 * @param {Reading} ours
 * @param {string} message why we refuse it
 * @param {{ reference: Reading, strict: Reading, ase: Reading }} theirs
 * @returns {string}
 */
function outcomeOf(text, ours, message, { reference, strict, ase }) {
  if (reference && ours) {
    if (isSame(ours, reference)) return 'same';
    return OTHER_LETTERS.test(text) ? 'meant: letters' : 'DIFFERENT';
  }
  if (!reference && !ours) return 'both refuse';
  if (ours) {
    if (!FRAME_KEYS.test(text)) return 'plain';
    if (strict && isSame(ours, strict)) return 'meant: strict';
    if (ase && isSame(ours, ase)) return 'meant: ase';
    return /[\s"'{[,]0\d/.test(text) ? 'meant: zeros' : 'DIFFERENT';
  }
  const meant = REFUSALS.find(([, pattern]) => pattern.test(message));
  return meant ? `meant: ${meant[0]}` : 'DIFFERENT';
}

/** @param {readonly Frame[]} ours @param {readonly Frame[]} theirs */
function isSame(ours, theirs) {
  const key = (/** @type {Frame} */ { positions, cell, pbc }) =>
    JSON.stringify([positions, cell.map((x) => x + 0), pbc]);
  return ours.length === theirs.length && ours.every((frame, i) => key(frame) === key(theirs[i]));
}

/** @param {string} text @returns {{ reading: Reading, message?: string }} */
function read(text) {
  try {
    const parser = new XyzParser('a.xyz', { cell: true });
    const clouds = [];
    for (const complete of [parser.push(Buffer.from(text)), parser.end()]) {
      for (const _ of complete) clouds.push(parser.clouds.take());
    }
    return {
      reading: clouds.map(({ points, species: { bytes, offsets }, values: [{ cell, pbc }] }) => ({
        species: [...offsets.subarray(1)].map((end, i) => Buffer.from(bytes.subarray(offsets[i], end)).toString()),
        positions: Array.from({ length: points.length / 3 }, (_, i) => [...points.subarray(3 * i, 3 * i + 3)]),
        cell: [...cell],
        pbc: [...pbc],
      })),
    };
  } catch (error) {
    if (error.code !== 'badData') throw error;
    return { reading: null, message: error.message };
  }
}

/** @param {string} environment @returns {string} the interpreter of a new environment */
function makeEnvironment(environment) {
  const packages = ['extxyz', 'ase', 'ase-extxyz', 'pytest'];
  console.log(`installing ${packages.join(', ')} in ${environment}`);
  execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore' });
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: ['ignore', 'ignore', 'inherit'] });
  return python;
}
