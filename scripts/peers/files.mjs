/**
 * Reads the files that the Parquet and Arrow projects test their readers with, and compares all values with those of pyarrow:
 *
 *   git clone https://github.com/apache/parquet-testing && git clone https://github.com/apache/arrow-testing
 *   node scripts/peers/files.mjs parquet-testing arrow-testing      after npm run build; SOAPSTREAM_PYTHON names a Python with pyarrow
 *
 * Each file ends as `equal`, `refused` (an error of ours that names the file), `wrong` or `untyped` (any other error, or longer than a minute).
 * Where pyarrow refuses a file itself, reading it counts as `lenient`. Ends with 1 if any is wrong or untyped.
 */
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { makeEnvironment, PythonServer } from '../../bench/support/python.mjs';

const SECONDS = 60;
const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error(`usage: node scripts/peers/files.mjs FOLDER…
The folders are clones of https://github.com/apache/parquet-testing and https://github.com/apache/arrow-testing.`);
  process.exit(2);
}

/** Parquet or Arrow, by content or ending: fuzzers leave files without one. */
async function isCandidate(file) {
  if (
    /\.(json|md|gz|csv|avro|orc|dbg|bin|txt|py|sh|yml|cc|sql)$/.test(file) ||
    /\/(avro|csv|orc|flight|\.git)\//.test(file)
  )
    return false;
  if (['.parquet', '.arrow_file', '.stream', '.encrypted', '.arrow', '.arrows'].includes(extname(file))) return true;
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0);
  await handle.close();
  return (
    ['PAR1', 'PARE', 'ARRO', '\xff\xff\xff\xff'].includes(buffer.toString('latin1', 0, 4)) ||
    /ipc|parquet\/fuzz/.test(file)
  );
}

/** Copies a file on a thread of its own, which a reader that never ends cannot outlive. */
function copyOf(file, copy) {
  return new Promise((resolve) => {
    const started = Date.now();
    const worker = new Worker(new URL('./copyFile.mjs', import.meta.url), { workerData: { file, copy } });
    const end = (outcome) => {
      clearTimeout(timer);
      resolve({ ...outcome, seconds: (Date.now() - started) / 1000 });
      void worker.terminate();
    };
    const timer = setTimeout(() => end({ kind: 'untyped', detail: `no answer within ${SECONDS} s` }), SECONDS * 1000);
    worker.on('message', end).on('error', (error) => end({ kind: 'untyped', detail: String(error) }));
  });
}

const work = await mkdtemp(join(tmpdir(), 'soapstream-files-'));
const python = process.env.SOAPSTREAM_PYTHON ?? makeEnvironment(work, 'pyarrow');
const server = new PythonServer(python, fileURLToPath(new URL('./files.py', import.meta.url)));
const counts = new Map();
try {
  for (const folder of folders) {
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    for (const file of names) {
      if (!(await isCandidate(file))) continue;
      const copy = join(work, 'copy.arrows');
      const { kind, detail, seconds } = await copyOf(file, copy);
      const answer = await server.ask({ file, copy: kind === 'copied' ? copy : null });
      const verdict =
        kind !== 'copied'
          ? kind === 'refused' && answer.verdict === 'unread'
            ? 'refused by both'
            : kind
          : { equal: 'equal', unread: 'lenient', different: 'wrong' }[answer.verdict];
      const key = relative(join(folder, '..'), file).split('/').slice(0, 3).join('/');
      const group = key.replace(/\/[^/]*\.[^/]*$/, '');
      const row = counts.get(group) ?? {};
      row[verdict] = (row[verdict] ?? 0) + 1;
      counts.set(group, row);
      if (!['equal', 'refused by both'].includes(verdict)) {
        console.log(
          `${verdict}: ${relative(folder, file)}: ${kind === 'copied' ? answer.detail : detail} (${seconds.toFixed(1)} s)`,
        );
      }
    }
  }
} finally {
  server.close();
  await rm(work, { recursive: true, force: true });
}
const verdicts = ['equal', 'refused by both', 'lenient', 'refused', 'wrong', 'untyped'];
const total = {};
for (const row of counts.values())
  for (const verdict of verdicts) total[verdict] = (total[verdict] ?? 0) + (row[verdict] ?? 0);
console.table(
  Object.fromEntries(
    [...counts, ['all', total]].map(([group, row]) => [
      group,
      Object.fromEntries(verdicts.map((verdict) => [verdict, row[verdict] ?? 0])),
    ]),
  ),
);
if (total.wrong + total.untyped > 0) process.exitCode = 1;
