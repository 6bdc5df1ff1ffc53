/**
 * Kills runs of a small job, again and again, and looks at what is left: descriptors into several Parquet files, a sample of all descriptors,
 * three fits one after another with a training, predictions joined to images, dead letters, a sweep.
 *
 *     node scripts/killTest.mjs [--by time] [--kills 200] [--seed 1] [--beside 2] [--only NAME,NAME]
 *     node scripts/killTest.mjs --by checkpoint [--kills 10] [--seed 1]      when a checkpoint has appeared or changed, SIGKILL
 *     node scripts/killTest.mjs --by call [--every 1] [--offset 0]           before each call that changes a file; needs cc and Linux
 *
 * After each kill the same command follows, until one ends by itself. Moment, signal and number of workers are random, from the seed; one
 * kill in two is SIGKILL. Holds: after each kill every visible output is whole, as it was before or as an undisturbed run leaves it; in the
 * end all outputs but run records have the bytes of an undisturbed run, and nothing hidden is left. Needs the build.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeKillJob } from './support/killJob.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const MOST_MS = 120_000;
/** After so many changes of a checkpoint at most there is a kill. */
const MOST_CHANGES = 4;
const SIZES = {
  time: { images: 32, molecules: 120, batchRows: 1, partRows: 500 },
  checkpoint: { images: 24, molecules: 120, batchRows: 1, partRows: 300 },
  call: { images: 10, molecules: 20, batchRows: 1, partRows: 150 },
};
/** Pipelines that are run together, and what of a whole job is there already. */
const JOBS = [
  { name: 'describe', run: ['describe'] },
  { name: 'sample', run: ['sample'] },
  { name: 'train', run: ['train'] },
  { name: 'predict', run: ['predict'], after: /^artifacts\// },
  { name: 'deadLetters', run: ['molecules'] },
  { name: 'sweep', run: ['search'], after: /^sample\.parquet$/ },
  { name: 'all', run: [] },
  { name: 'allOverOld', run: [], isOverOld: true },
];
/** Folders that appear at one go. */
const FOLDER = /^(.*\/)?(descriptors|again|trained|predictions|molecules|codes|artifacts\/[^/]+)(?=\/)/;
/** What has times in it. */
const TIMED = /^runs\/|trial\.json$/;
/** Of a sweep: they tell of the trials that have ended. */
const GROWS = /^search\/(metrics|results)\.parquet$/;
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

const { values } = parseArgs({
  options: {
    by: { type: 'string', default: 'time' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    beside: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '0' },
  },
});

const root = realpathSync(mkdtempSync(join(tmpdir(), 'soapstream-kills-')));
const random = randomFrom(Number(values.seed));
const library = join(root, 'killAt.so');
let folders = 0;
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function main() {
  const before = join(root, 'before');
  writeKillJob(before, SIZES[values.by]);
  const now = folder(before);
  const jobs = JOBS.filter(({ name }) => values.only === '' || values.only.split(',').includes(name));
  const isWhole = jobs.some(({ run, after }) => after || run.length === 0);
  await expectDone(await soapstream(now, isWhole ? [] : jobs.flatMap(({ run }) => run)));
  const isOverOld = jobs.some((job) => job.isOverOld);
  if (isOverOld) await expectDone(await soapstream(before, ['--set', 'rCut=11', '--set', 'cutoff=3.5']));
  const expected = { old: isOverOld ? contents(before) : new Map(), now: contents(now) };
  const table = new Map(jobs.map(({ name }) => [name, { kills: 0, goneOn: 0, runs: 0, problems: [] }]));
  const places = { before, now, expected };
  if (values.by === 'call') await killAtCalls(jobs, places, table);
  else await killAtRandom(jobs, places, table);
  return report(table);
}

/** As many cases as it takes, round and round; each of some kills and an end. */
async function killAtRandom(jobs, places, table) {
  const times = new Map();
  for (const job of jobs) {
    times.set(job, values.by === 'time' ? await measured(job, places) : 0);
  }
  let begun = 0;
  const done = { kills: 0 };
  const work = async () => {
    while (done.kills < Number(values.kills)) {
      const job = jobs[begun++ % jobs.length];
      const result = await tryCase(job, places, times.get(job), () => done.kills++ < Number(values.kills));
      add(table.get(job.name), result);
    }
  };
  await Promise.all(Array.from({ length: Number(values.beside) }, work));
}

/** How long a run of a job takes (ms). */
async function measured(job, places) {
  const place = placeFor(job, places);
  const begun = performance.now();
  await expectDone(await soapstream(place, args(job, 0)));
  rmSync(place, { recursive: true });
  return performance.now() - begun;
}

async function tryCase(job, { before, now, expected }, ms, mayKill) {
  const place = placeFor(job, { before, now });
  const old = job.isOverOld ? expected.old : new Map();
  const result = { kills: 0, goneOn: 0, runs: 0, problems: [] };
  const kills = 1 + Math.floor(random() * 4);
  for (let kill = 0; kill < kills && mayKill(); kill++) {
    const workers = random() < 0.5 ? 0 : 2;
    const signal = values.by === 'checkpoint' ? 'SIGKILL' : SIGNALS[Math.floor(random() * SIGNALS.length)];
    const at = random();
    const watched = watchCheckpoints(place, 1 + Math.floor(at * MOST_CHANGES));
    const meanwhile = async (child) => {
      if (values.by === 'checkpoint') await watched.start();
      else await sleep(150 + at * ms);
      child.kill(signal);
    };
    const ended = await soapstream(place, args(job, workers), { meanwhile });
    watched.stop();
    result.runs++;
    result.goneOn += countOf(ended.text);
    if (ended.code === 0) break;
    result.kills++;
    const what = `${job.name}, workers ${workers}, ${signal} at ${at.toFixed(4)}`;
    result.problems.push(...problemsOf(ended, signal).map((problem) => `${what}: ${problem}`));
    result.problems.push(...notWhole(place, old, expected.now).map((problem) => `${what}: ${problem}`));
  }
  await lastRun(job, place, expected, result);
  return result;
}

/** Before each call that changes a file, a kill; then the command again. */
async function killAtCalls(jobs, places, table) {
  execFileSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    '-ldl',
    fileURLToPath(new URL('support/killAt.c', import.meta.url)),
  ]);
  const cases = [];
  for (const job of jobs) {
    const place = placeFor(job, places);
    const log = join(root, `${job.name}.log`);
    const env = { LD_PRELOAD: library, KILL_FOLDER: join(place, 'out'), KILL_AT: '0', KILL_LOG: log };
    await expectDone(await soapstream(place, args(job, 0), { env }));
    const calls = statSync(log).size;
    console.log(`${job.name}: ${calls} calls that change files`);
    for (let call = 1 + Number(values.offset); call <= calls; call += Number(values.every)) cases.push({ job, call });
  }
  const work = async () => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      add(table.get(next.job.name), await tryCall(next, places));
    }
  };
  await Promise.all(Array.from({ length: Number(values.beside) }, work));
}

async function tryCall({ job, call }, { before, now, expected }) {
  const place = placeFor(job, { before, now });
  const result = { kills: 0, goneOn: 0, runs: 1, problems: [] };
  const env = { LD_PRELOAD: library, KILL_FOLDER: join(place, 'out'), KILL_AT: String(call) };
  const workers = call % 3 === 0 ? 2 : 0;
  const ended = await soapstream(place, args(job, workers), { env });
  if (ended.code !== 0) {
    result.kills++;
    const what = `${job.name}, workers ${workers}, before call ${call}`;
    const old = job.isOverOld ? expected.old : new Map();
    result.problems.push(...problemsOf(ended, 'SIGKILL').map((problem) => `${what}: ${problem}`));
    result.problems.push(...notWhole(place, old, expected.now).map((problem) => `${what}: ${problem}`));
  }
  await lastRun(job, place, expected, result, `before call ${call}, `);
  return result;
}

async function lastRun(job, place, expected, result, what = '') {
  const ended = await soapstream(place, args(job, random() < 0.5 ? 0 : 2));
  result.runs++;
  result.goneOn += countOf(ended.text);
  const problems = [];
  if (ended.code !== 0) problems.push(`the last run ended with ${ended.code}: ${ended.text.trim().slice(0, 2000)}`);
  const left = contents(place);
  for (const [path, bytes] of expectedOf(job, expected.now)) {
    if (!left.has(path)) problems.push(`in the end ${path} is missing`);
    else if (!TIMED.test(path) && !bytes.equals(left.get(path))) problems.push(`in the end ${path} differs`);
  }
  for (const path of left.keys()) if (!expected.now.has(path)) problems.push(`in the end ${path} is left`);
  result.problems.push(...problems.map((problem) => `${job.name}: ${what}${problem}`));
  if (problems.length === 0) rmSync(place, { recursive: true });
  else if (process.env.KEEP) cpSync(place, join(process.env.KEEP, `${job.name}-${folders++}`), { recursive: true });
}

/** What the pipelines of a job leave, and what was there. */
function expectedOf({ name }, now) {
  const outputs = {
    describe: /^(descriptors|again)\//,
    sample: /^sample\.parquet$/,
    train: /^(trained\/|artifacts\/|metrics\/train)/,
    predict: /^(predictions\/|artifacts\/|metrics\/predict)/,
    deadLetters: /^(molecules\/|dead\.parquet)/,
    sweep: /^(search\/|sample\.parquet)/,
  };
  return [...now].filter(([path]) => (outputs[name] ?? /^/).test(path));
}

function args({ run }, workers) {
  return [...run, '--workers', String(workers), '--checkpoint-seconds', '0'];
}

/** A folder of its own, with what a job begins with. */
function placeFor({ after, isOverOld }, { before, now }) {
  if (isOverOld) return folder(before);
  const place = folder(now);
  for (const path of contents(place).keys()) if (!after?.test(path)) rmSync(join(place, 'out', path), { force: true });
  removeEmpty(join(place, 'out'));
  return place;
}

function removeEmpty(path) {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(path, entry.name));
  if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
}

function folder(copied) {
  const place = join(root, `place${folders++}`);
  cpSync(copied, place, { recursive: true, preserveTimestamps: true });
  return place;
}

/** Which visible outputs are neither as they were nor as an undisturbed run leaves them. */
function notWhole(place, old, now) {
  if (!existsSync(join(place, 'out'))) return [];
  const problems = [];
  const units = new Map();
  for (const [path, bytes] of contents(place)) {
    if (isHidden(path)) continue;
    if (TIMED.test(path)) {
      if (!isJson(bytes)) problems.push(`${path} is not whole`);
    } else if (GROWS.test(path)) {
      if (!isParquet(bytes)) problems.push(`${path} is not whole`);
    } else {
      const unit = FOLDER.exec(path)?.[0] ?? path;
      units.set(unit, [...(units.get(unit) ?? []), [path, bytes]]);
    }
  }
  for (const [unit, files] of units) {
    if (!isSame(unit, files, old) && !isSame(unit, files, now)) problems.push(`${unit} is neither as before nor whole`);
  }
  return problems;
}

function isSame(unit, files, all) {
  const wanted = [...all.keys()].filter((path) => path === unit || path.startsWith(`${unit}/`));
  return files.length === wanted.length && files.every(([path, bytes]) => all.get(path)?.equals(bytes) === true);
}

function problemsOf({ code, signal, text, isLate }, sent) {
  if (isLate) return [`still running after ${MOST_MS / 1000} s`];
  if (/internal error|^ +at |[Uu]nhandled/m.test(text)) return [`no named error: ${text.trim().slice(0, 2000)}`];
  if (sent === 'SIGKILL') return signal === 'SIGKILL' ? [] : [`ended with ${code}: ${text.trim().slice(0, 2000)}`];
  // A signal that comes before anybody listens ends the process at once.
  return code === 130 || signal === sent ? [] : [`ended with ${code} ${signal}: ${text.trim().slice(0, 2000)}`];
}

/** Runs the job in that folder. @param meanwhile gets the process */
function soapstream(place, given, { meanwhile = async () => {}, env = {} } = {}) {
  const child = spawn(process.execPath, [CLI, 'run', ...given], {
    cwd: place,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    let text = '';
    let isLate = false;
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, MOST_MS);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, text, isLate });
    });
    void meanwhile(child);
  });
}

/** Looks for changes of checkpoints of pipelines. `start` resolves when there were so many. */
function watchCheckpoints(place, most = Infinity) {
  const seen = new Map();
  const watched = {
    changes: 0,
    isOver: false,
    async start() {
      while (!watched.isOver && watched.changes < most) {
        for (const [path, time] of checkpoints(place)) {
          if (seen.get(path) !== time) watched.changes++;
          seen.set(path, time);
        }
        await sleep(1);
      }
    },
    stop: () => void (watched.isOver = true),
  };
  return watched;
}

function checkpoints(place) {
  const runs = join(place, 'out/runs');
  if (!existsSync(runs)) return [];
  const names = readdirSync(runs).filter((name) => name.endsWith('.checkpoint'));
  return names.flatMap((name) => {
    const stats = statSync(join(runs, name, 'state'), { throwIfNoEntry: false });
    return stats ? [[name, stats.ino + stats.mtimeMs]] : [];
  });
}

/** Bytes of outputs by path, hidden files too. */
function contents(place) {
  const out = join(place, 'out');
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => isHidden(name) || statSync(join(out, name)).isFile());
  return new Map(files.map((name) => [name, isHidden(name) ? undefined : readFileSync(join(out, name))]));
}

function isHidden(path) {
  return path.split('/').some((part) => part.startsWith('.'));
}

function isJson(bytes) {
  try {
    return JSON.parse(bytes.toString()) !== null;
  } catch {
    return false;
  }
}

function isParquet(bytes) {
  return [0, bytes.length - 4].every((at) => bytes.toString('latin1', at, at + 4) === 'PAR1');
}

function countOf(text) {
  return text.match(/went on where/g)?.length ?? 0;
}

function add(row, { kills, goneOn, runs, problems }) {
  row.kills += kills;
  row.goneOn += goneOn;
  row.runs += runs;
  row.problems.push(...problems);
  for (const problem of problems) console.log(`✗ ${problem}`);
}

function report(table) {
  const rows = Array.from(table, ([name, { kills, goneOn, runs, problems }]) => ({
    name,
    kills,
    goneOn,
    runs,
    problems: problems.length,
  }));
  const all = { name: 'total', kills: 0, goneOn: 0, runs: 0, problems: 0 };
  for (const row of rows) for (const key of ['kills', 'goneOn', 'runs', 'problems']) all[key] += row[key];
  const line = (...cells) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(12) : String(cell).padStart(11))).join('');
  console.log(line('job', 'runs', 'kills', 'went on', 'broken'));
  for (const { name, runs, kills, goneOn, problems } of [...rows, all])
    console.log(line(name, runs, kills, goneOn, problems));
  console.log(`${all.kills} kills, ${all.goneOn} pipelines went on where they were, ${all.problems} promises broken`);
  return all.problems === 0 && all.kills > 0;
}

/** Numbers in [0, 1) from a seed: mulberry32. */
function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function expectDone({ code, text }) {
  if (code !== 0) throw new Error(`the job itself ended with ${code}: ${text}`);
}
