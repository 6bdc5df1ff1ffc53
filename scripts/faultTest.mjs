/**
 * Makes each file operation of a small job fail once, and looks at what is left: fit, Parquet and Arrow sinks, a sweep, a report.
 *
 *     node scripts/faultTest.mjs [--every 1] [--offset 0] [--codes EIO,ENOSPC,EACCES] [--beside 2] [--at PATTERN] [--passing]
 *
 * Each operation fails with those codes that a system gives for it: nothing is read from a full disk, and no rights are lost by who writes.
 * With --passing faults are waited for, as in earnest: the run succeeds with the bytes that it would have had, and says that it has tried
 * again; but for a sync or close, whose failure is final. Without it nothing is tried again. Then holds of each: the run ends within two minutes with success or a named error in one line; outputs of an earlier run are whole, old or new; the
 * next run succeeds with the same bytes and leaves nothing hidden. Needs the build.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const PRELOAD = pathToFileURL(fileURLToPath(new URL('support/faultyFiles.mjs', import.meta.url))).href;
const MOST_MS = 120_000; // a hang: a machine may be busy

const PIPELINES = `variables: { rCut: 3, components: 2 }
pipelines:
  describe:
    source: { xyz: { path: molecules.xyz } }
    steps: [{ soap: { rCut: '\${rCut}', nMax: 2, lMax: 1, sigma: 0.5 } }]
    sinks:
      - parquet: { path: '\${out}/descriptors', rowsPerFile: 40 }
      - arrow: { path: '\${out}/descriptors.arrow' }
  fit:
    source: { parquet: { path: '\${out}/descriptors' } }
    steps:
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 2 }
    sinks: [{ parquet: { path: '\${out}/codes.parquet' } }]
    metrics: { arrow: { path: '\${out}/metrics.arrow' } }
  trial:
    source: { arrow: { path: '\${out}/descriptors.arrow' } }
    steps: [{ compress: { fit: trialPca, components: '\${components}' } }]
    sinks: [{ parquet: { path: '\${trialOut}/trialCodes.parquet' } }]
sweeps:
  search:
    pipelines: [trial]
    over: { components: [2] }
    objective: trial.compress.explainedVariance
default: [describe, fit, search]
`;
/** What differs from one run to the next, by times, or tells of the trials that have ended. */
const VARIES = /(^|\/)runs\/|trial\.json$|report\.html$|search\/(metrics|results)\.parquet$/;
/** What has times in it. */
const TIMED = /(^|\/)runs\/|trial\.json$|report\.html$/;

/** What is looked at: a run over the outputs of an earlier one with another rCut, and a report. */
const COMMANDS = { run: ['run', '--set', 'rCut=4', '--workers', '1'], report: ['report'] };

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    offset: { type: 'string', default: '0' },
    codes: { type: 'string', default: 'EIO,ENOSPC,EACCES' },
    beside: { type: 'string', default: '2' },
    at: { type: 'string', default: '' }, // of names of operations, e.g. ^rename
    passing: { type: 'boolean', default: false },
  },
});

/** What a system answers, by operation. */
const ANSWERS = [
  ['EIO', /./],
  ['ENOSPC', /^(open|mkdir|rename|write\w*|\w*sync|close)#/],
  ['EACCES', /^(open|mkdir|rename|rm|unlink|readdir|l?stat|access|\w+File)#/],
];

/** Their failure is final: what is on disk is not known, or the process is about to end. */
const FINAL = /^(sync|datasync|fsync|close|access)#/;

const root = mkdtempSync(join(tmpdir(), 'soapstream-faults-'));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function main() {
  const before = folder('before');
  await expectDone(await soapstream(before, ['run', '--workers', '1']));
  await expectDone(await soapstream(before, COMMANDS.report));
  const after = folder('after', before);
  const operations = [];
  for (const [command, args] of Object.entries(COMMANDS)) {
    const log = join(root, command);
    await expectDone(await soapstream(after, args, { FAULT_LOG: log }));
    for (const operation of readFileSync(log, 'utf8').trimEnd().split('\n')) operations.push({ command, operation });
  }
  const cases = operations
    .filter(({ operation }) => new RegExp(values.at).test(operation))
    .flatMap(({ command, operation }) => codesOf(operation).map((code) => ({ command, operation, code })))
    .filter((_, i) => i % Number(values.every) === Number(values.offset));
  const total = cases.length;
  console.log(`${operations.length} operations, ${total} faults`);
  const expected = { old: contents(before), now: contents(after) };
  const failures = [];
  const ends = new Map();
  const work = async (turn) => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      const { end, problems } = await tryCase(next, `case${turn}`, { before, after }, expected);
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (problems.length === 0) continue;
      failures.push(next);
      console.log(`✗ ${next.code} at ${next.operation}\n${problems.map((problem) => `    ${problem}`).join('\n')}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.beside) }, (_, turn) => work(turn)));
  console.log(
    `${[...ends].map(([end, count]) => `${count} ended with ${end}`).join(', ')}; ${failures.length} of ${total} broke a promise`,
  );
  return failures.length === 0;
}

function codesOf(operation) {
  const wanted = values.codes.split(',');
  return ANSWERS.filter(([code, operations]) => wanted.includes(code) && operations.test(operation)).map(
    ([code]) => code,
  );
}

async function tryCase({ command, operation, code }, name, { before, after }, { old, now }) {
  const problems = [];
  const place = folder(name, command === 'run' ? before : after);
  const log = join(root, `${name}.log`);
  rmSync(`${log}.failed`, { force: true });
  const env = { FAULT_AT: operation, FAULT_CODE: code, FAULT_LOG: log };
  const faulty = await soapstream(place, COMMANDS[command], env);
  if (!existsSync(`${log}.failed`)) return { end: 'the operation not met', problems };
  problems.push(...problemsOf(faulty));
  if (values.passing && !FINAL.test(operation)) {
    if (faulty.code !== 0) problems.push(`exit code ${faulty.code} after a fault that passes: ${faulty.text.trim()}`);
    if (command === 'run' && !/tried again/.test(faulty.text)) problems.push('nothing says that it was tried again');
  }
  for (const [path, bytes] of contents(place)) {
    if (isHidden(path)) continue;
    if (VARIES.test(path)) {
      if (!isWhole(path, bytes)) problems.push(`${path} is not whole`);
    } else if (!same(bytes, old.get(path)) && !same(bytes, now.get(path)))
      problems.push(`${path} is neither old nor new`);
  }
  for (const path of old.keys()) {
    const isTrials = /\/trials\//.test(path); // a trial that begins anew forgets what it was
    if (!isTrials && !existsSync(join(place, path)) && now.has(path)) problems.push(`${path} is gone`);
  }
  if (values.passing && faulty.code === 0 && command === 'run')
    for (const [path, bytes] of now)
      if (!TIMED.test(path) && !same(bytes, readIfThere(join(place, path)))) problems.push(`${path} differs`);
  const next = await soapstream(place, COMMANDS[command]);
  if (next.code !== 0) problems.push(`the next run ended with ${next.code}: ${next.text.trim()}`);
  const left = contents(place);
  for (const [path, bytes] of now) {
    if (!left.has(path)) problems.push(`after the next run ${path} is missing`);
    else if (!TIMED.test(path) && !same(bytes, left.get(path))) problems.push(`after the next run ${path} differs`);
  }
  for (const path of left.keys()) if (!now.has(path)) problems.push(`after the next run ${path} is left`);
  return { end: faulty.code === 0 ? 'success' : `exit code ${faulty.code}`, problems };
}

function problemsOf({ code, text, isLate }) {
  if (isLate) return [`still running after ${MOST_MS / 1000} s`];
  const problems = [];
  if (![0, 2, 3].includes(code)) problems.push(`exit code ${code}: ${text.trim().slice(0, 1000)}`);
  if (/internal error|^ +at |[Uu]nhandled/m.test(text)) problems.push(`no named error: ${text.trim().slice(0, 1000)}`);
  if (code !== 0 && !/^soapstream: .*$/m.test(text) && !/^pipelines\.yaml:/m.test(text))
    problems.push(`no message: ${text}`);
  return problems;
}

function soapstream(place, args, env = {}) {
  const options = {
    cwd: place,
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${PRELOAD}`,
      FAULT_FOLDER: place,
      ...(!values.passing && { SOAPSTREAM_RETRY_SECONDS: '0' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], options);
    let text = '';
    let isLate = false;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, MOST_MS);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text, isLate });
    });
  });
}

function folder(name, copied) {
  const path = join(root, name);
  rmSync(path, { recursive: true, force: true });
  if (copied) cpSync(copied, path, { recursive: true });
  else {
    cpSync(fileURLToPath(new URL('../test/data/molecules.xyz', import.meta.url)), join(path, 'molecules.xyz'));
    writeFileSync(join(path, 'pipelines.yaml'), PIPELINES);
  }
  return path;
}

/** Bytes by path, hidden files too. */
function contents(place) {
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => isHidden(name) || statSync(join(place, name)).isFile());
  return new Map(files.map((name) => [name, isHidden(name) ? undefined : readFileSync(join(place, name))]));
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function isHidden(path) {
  return path.split('/').some((part) => part.startsWith('.'));
}

function isWhole(path, bytes) {
  if (path.endsWith('.parquet'))
    return [0, bytes.length - 4].every((at) => bytes.toString('latin1', at, at + 4) === 'PAR1');
  if (path.endsWith('.html')) return bytes.toString().trimEnd().endsWith('</html>');
  try {
    return JSON.parse(bytes.toString()) !== null;
  } catch {
    return false;
  }
}

function same(bytes, others) {
  return bytes !== undefined && others !== undefined && bytes.equals(others);
}

async function expectDone({ code, text }) {
  if (code !== 0) throw new Error(`the job itself ended with ${code}: ${text}`);
}
