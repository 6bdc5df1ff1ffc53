/**
 * Gives damaged bytes to everything that reads what others may have written: files of every format, pipeline files, artifacts, records,
 * checkpoints. fast-check makes the faults, and looks for the least ones that break a promise.
 *
 *     node scripts/fuzz.mjs [--inputs 100000] [--seed 1] [--beside 2] [--only NAME,NAME]
 *
 * Holds of each input: it is read or refused by a named error within 10 s; never an internal error, nothing untyped, no dead thread; and the
 * process needs less than 2 GiB. Each reader has a process of its own. Needs the build.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { array, asyncProperty, check, nat, record, tuple } from 'fast-check';
import { fuzzTargets, mistakeIn, withFaults } from '../test/support/fuzzTargets.mjs';

const MOST_MS = 10_000;
const MOST_BYTES = 2 * 2 ** 30;
/** Inputs of one property: after a failure the next begins. */
const ROUND = 500;
/** So many different mistakes of a reader are enough. */
const MOST_MISTAKES = 20;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    beside: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    target: { type: 'string' }, // of a child: the reader that it tries
  },
});

const folder = mkdtempSync(join(tmpdir(), 'soapstream-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
if (values.target === undefined) process.exitCode = (await main()) ? 0 : 1;
else await attempt(values.target);

async function main() {
  const names = (await fuzzTargets(folder)).map(({ name }) => name);
  const wanted = values.only === '' ? names : values.only.split(',');
  const each = Math.ceil(Number(values.inputs) / wanted.length);
  const waiting = [...wanted];
  const results = [];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      results.push(await tryTarget(name, each));
  };
  await Promise.all(Array.from({ length: Number(values.beside) }, work));
  const line = (name, ...cells) => name.padEnd(24) + cells.map((cell) => String(cell).padStart(11)).join('');
  console.log(line('reader', 'inputs', 'read', 'refused', 'slowest ms', 'MiB', 'mistakes'));
  for (const { name, inputs, read, refused, slowest, bytes, mistakes } of results) {
    console.log(line(name, inputs, read, refused, Math.round(slowest), Math.round(bytes / 2 ** 20), mistakes));
  }
  const sum = (key) => results.reduce((all, result) => all + result[key], 0);
  console.log(`${sum('inputs')} inputs, ${sum('mistakes')} mistakes`);
  return sum('mistakes') === 0;
}

/** Watches over a process that tries one reader. */
function tryTarget(name, inputs) {
  const result = { name, inputs: 0, read: 0, refused: 0, slowest: 0, bytes: 0, mistakes: 0 };
  const args = ['--target', name, '--inputs', String(inputs), '--seed', values.seed];
  const child = fork(fileURLToPath(import.meta.url), args);
  let current = '';
  const complain = (what) => {
    result.mistakes++;
    console.log(`✗ ${name}: ${what}`);
  };
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      complain(`no answer after ${MOST_MS / 1000} s to ${current}`);
      child.kill('SIGKILL');
    }, 2 * MOST_MS);
  };
  return new Promise((resolve) => {
    child.on('message', ({ begins, ends, mistake }) => {
      watch();
      if (begins) current = begins;
      if (mistake) complain(mistake);
      if (!ends) return;
      result.inputs++;
      result[ends.outcome]++;
      result.slowest = Math.max(result.slowest, ends.ms);
      if (ends.ms > MOST_MS) complain(`${Math.round(ends.ms)} ms for ${current}`);
      if (ends.bytes > MOST_BYTES && result.bytes <= MOST_BYTES)
        complain(`${ends.bytes} bytes of memory at ${current}`);
      result.bytes = Math.max(result.bytes, ends.bytes);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) complain(`the process ended with ${code ?? signal} at ${current}`);
      resolve(result);
    });
  });
}

/** Of a child. */
async function attempt(name) {
  const target = (await fuzzTargets(folder)).find((each) => each.name === name);
  const fault = record({ at: nat(999_999), kind: nat(8), value: nat(1000) });
  const input = tuple(nat(target.seeds.length - 1), array(fault, { minLength: 1, maxLength: 6 }));
  const property = asyncProperty(input, async ([seed, faults]) => {
    process.send({ begins: JSON.stringify({ seed, faults }) });
    const begun = performance.now();
    const ended = (outcome) => {
      process.send({ ends: { outcome, ms: performance.now() - begun, bytes: peakBytes() } });
    };
    try {
      await target.read(withFaults(target.seeds[seed], faults));
      ended('read');
    } catch (error) {
      ended('refused');
      const mistake = mistakeIn(error);
      if (mistake !== undefined) throw new Error(mistake, { cause: error });
    }
  });
  const seen = new Set();
  for (let round = 0; round * ROUND < Number(values.inputs) && seen.size < MOST_MISTAKES; round++) {
    const numRuns = Math.min(ROUND, Number(values.inputs) - round * ROUND);
    const found = await check(property, { seed: 1000 * Number(values.seed) + round, numRuns });
    if (!found.failed) continue;
    const { message } = found.errorInstance;
    if (seen.has(message)) continue;
    seen.add(message);
    process.send({ mistake: `${JSON.stringify(found.counterexample)}\n${message}` });
  }
  process.disconnect();
}

/** The most that the process has held. */
function peakBytes() {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
  return kibibytes === undefined ? process.memoryUsage().rss : 1024 * Number(kibibytes);
}
