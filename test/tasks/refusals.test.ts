import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runPlan } from '#dist/pipelines/runPlan.js';
import type { Task } from '#dist/tasks/task.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { attempt, failureOf, outputsIn, parquetRows, planned, TaskJob, writeMolecules } from '../support/tasks.js';

const SPECIES = 'species: [H, C, N, O]';
const soap = (more = ''): string => `soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, ${SPECIES}${more} }`;
const pipeline = (steps: string, sinks = "[{ parquet: { path: '${out}/rows' } }]", more = ''): string => `
pipelines:
  p:
    source: { xyz: { path: molecules.xyz, batchRows: 2 } }
    ${more}
    steps: [${steps}]
    sinks: ${sinks}
`;
const GOOD = pipeline(`{ ${soap()} }`);

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  // None of the first three has the element that is not declared.
  writeMolecules(join(folder, 'molecules.xyz'), 3);
});

async function jobOf(text = GOOD, splits = 2): Promise<TaskJob> {
  return TaskJob.of(await planned(text, folder, 'out'), ['p'], splits);
}

function published(): string[] {
  return [...outputsIn(join(folder, 'out')).keys()].filter((name) => !name.startsWith('.tasks/'));
}

describe('commit publishes nothing', () => {
  it('while a part is missing, and then all of it', async () => {
    const job = await jobOf();
    job.add(await attempt(job.all[0]!));
    expect(await failureOf(job.commit())).toBe(
      `p: ${join(job.folder, 'manifest.jsonl')}: expected a line of each of 2 tasks, found none of 1: run these, and add their lines`,
    );
    expect(published()).toEqual([]);
    job.add(await attempt(job.all[1]!));
    await job.commit();
    expect(published()).toEqual(['rows/part-00000.parquet', 'rows/part-00001.parquet']);
  });

  it('of a manifest that was cut off, or has a line of another plan', async () => {
    const job = await jobOf();
    await job.runAll();
    const path = join(job.folder, 'manifest.jsonl');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.slice(0, -20));
    expect(await failureOf(job.commit())).toBe(
      `${path}:2: expected a whole line of a task, got one that is cut off or damaged: take it out, and run the task again`,
    );
    writeFileSync(path, whole);
    appendFileSync(path, `${JSON.stringify({ ...JSON.parse(whole.split('\n')[0]!), stage: 'other' })}\n`);
    expect(await failureOf(job.commit())).toBe(
      `${path}: the line of task 1 of p is of another plan (other): take it out, or commit its own plan`,
    );
    expect(published()).toEqual([]);
  });

  it.each([
    ['gone', (file: string) => rmSync(file), /expected a file of \d+ bytes, found none/],
    ['shorter', (file: string) => writeFileSync(file, readFileSync(file).subarray(1)), /expected \d+ bytes, found \d+/],
    [
      'damaged',
      (file: string) => writeFileSync(file, readFileSync(file).fill(0, 10, 11)),
      /damaged, its SHA-256 is not/,
    ],
  ])('of a part whose file is %s, until another attempt has been made', async (_how, harm, message) => {
    const job = await jobOf();
    const parts = await job.runAll();
    const task = job.all[0]!;
    const part = parts.find((each) => each.task === 0)!;
    harm(join(task.folder, part.folder, part.files[0]!.path));
    const failure = await failureOf(job.commit());
    expect(failure).toMatch(message);
    expect(failure).toMatch(/: run task 0 again as another attempt, and add its line$/);
    expect(published()).toEqual([]);
    job.add(await attempt(task, 'again'));
    await job.commit();
    expect(published()).toHaveLength(2);
  });

  it('where the pipeline file or its input has changed', async () => {
    const job = await jobOf();
    await job.runAll();
    const other = await planned(GOOD.replace('rCut: 4', 'rCut: 5'), folder, 'out');
    expect(await failureOf(job.commit(other))).toMatch(
      /p\.yaml is not what it was when this was planned .*: plan again$/,
    );
    writeMolecules(join(folder, 'molecules.xyz'), 4);
    expect(await failureOf(job.commit())).toBe(
      'p: its input ../molecules.xyz has changed since it was planned: plan again',
    );
    expect(published()).toEqual([]);
  });

  it('on a processor that rounds otherwise', async () => {
    const job = await jobOf();
    await job.runAll();
    const path = join(job.folder, 'plan.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/"rounding":"\w+"/g, '"rounding":"abc"'));
    expect(await failureOf(job.commit())).toMatch(
      /^p: this processor rounds otherwise \(\w+\) than the one that planned/,
    );
    expect(published()).toEqual([]);
  });

  it('where a sink cannot be written: the parts stay for another commit', async () => {
    const job = await jobOf();
    await job.runAll();
    mkdirSync(join(folder, 'out/rows'));
    writeFileSync(join(folder, 'out/rows/mine'), '');
    expect(await failureOf(job.commit())).toContain('the directory holds mine, which was not written here');
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(['.tasks', 'rows']);
    rmSync(join(folder, 'out/rows'), { recursive: true });
    await job.commit();
    expect(published()).toHaveLength(2);
  });
});

describe('a task that was done twice', () => {
  it('counts once, and nothing of the other attempt stays', async () => {
    const job = await jobOf();
    job.add(await attempt(job.all[0]!, 'fast'));
    job.add(await attempt(job.all[0]!, 'slow'));
    job.add(await attempt(job.all[1]!));
    await job.commit();
    expect(published()).toHaveLength(2);
    expect(existsSync(join(folder, 'out/.tasks'))).toBe(false);
    await runPlan(await planned(GOOD, folder, 'local'), { workers: 0, pipelines: ['p'] });
    expect(await parquetRows(join(folder, 'out/rows'))).toEqual(await parquetRows(join(folder, 'local/rows')));
  });
});

describe('a limited plan', () => {
  it('is one task, which reads the first rows', async () => {
    const text = pipeline(`{ ${soap()} }`, "[{ arrow: { path: '${out}/rows.arrow' } }]");
    const job = await TaskJob.of(await planned(text, folder, 'out', 2), ['p'], 3);
    expect(job.all).toHaveLength(1);
    await job.runAll();
    await job.commit();
    await runPlan(await planned(text, folder, 'local', 2), { workers: 0, pipelines: ['p'] });
    expect(outputsIn(join(folder, 'out'))).toEqual(outputsIn(join(folder, 'local')));
  });
});

describe('a task refuses', () => {
  const refused = async (change: (task: Task) => unknown): Promise<string> => {
    const job = await jobOf();
    const failure = await failureOf(attempt({ ...job.all[0]!, ...(change(job.all[0]!) as Task) }));
    expect(published()).toEqual([]);
    return failure;
  };

  it('another version', async () => {
    expect(await refused(() => ({ soapstream: '0.0.9' }))).toMatch(
      /^p: the task is one of soapstream 0\.0\.9, this is .*: run the same$/,
    );
  });

  it('a processor that rounds otherwise', async () => {
    expect(await refused(() => ({ rounding: 'abc' }))).toMatch(
      /^p: this processor rounds otherwise \([0-9a-f]{12}\) than the one that planned \(abc\): take processors of one kind, or kernel: wasm$/,
    );
  });

  it('to be begun twice by one name, and a name that is none', async () => {
    const job = await jobOf();
    await attempt(job.all[0]!, 'a');
    expect(await failureOf(attempt(job.all[0]!, 'a'))).toContain(
      'expected a new name for each attempt, but a has been begun',
    );
    expect(await failureOf(attempt(job.all[0]!, '../a'))).toContain('--attempt: expected up to 64 letters');
  });

  it('another artifact than that of the plan, and none', async () => {
    const fit = `${pipeline(`{ ${soap()} }, { robustRescale: { fit: scaler } }`)}
  q:
    source: { xyz: { path: molecules.xyz, batchRows: 2 } }
    steps: [{ ${soap()} }, { robustRescale: { apply: scaler } }]
    sinks: [{ parquet: { path: '\${out}/scaled' } }]`;
    const plan = await planned(fit, folder, 'out');
    await runPlan(plan, { pipelines: ['p'], workers: 0 });
    const job = await TaskJob.of(plan, ['q'], 2);
    const file = join(folder, 'molecules.xyz');
    const before = readFileSync(file);
    writeMolecules(file, 2);
    await runPlan(plan, { pipelines: ['p'], workers: 0 });
    writeFileSync(file, before);
    const directory = join(folder, 'out/artifacts/scaler');
    const message = (found: string): string =>
      `q › robustRescale: ${directory}: expected the artifact that the task was made for, found ${found}: plan again`;
    expect(await failureOf(attempt(job.all[0]!))).toBe(message('another'));
    rmSync(directory, { recursive: true });
    expect(await failureOf(attempt(job.all[0]!))).toBe(message('none'));
  });
});

describe('rows that fail', () => {
  beforeEach(() => writeMolecules(join(folder, 'molecules.xyz'), 24)); // every seventh from the fourth on

  it('end the task with their place, and leave nothing', async () => {
    const job = await jobOf();
    expect(await failureOf(attempt(job.all[1]!))).toMatch(/^p › soap, batch \d, row \d \(image 17\): .*Xx/);
    expect(readdirSync(job.all[1]!.folder)).toEqual([]);
  });

  it('are letters once, in order, as in the local run; too many end the commit', async () => {
    const sinks = "[{ parquet: { path: '${out}/rows.parquet' } }]";
    const letters = (most: number): string =>
      pipeline(
        `{ ${soap()}, onError: deadLetter }`,
        sinks,
        `deadLetters: { arrow: { path: '\${out}/dead.arrow' } }\n    maxErrors: ${most}`,
      );
    await runPlan(await planned(letters(4), folder, 'local'), { workers: 0, pipelines: ['p'] });
    const job = await jobOf(letters(4), 3);
    await job.runAll();
    const [report] = await job.commit();
    expect(report!.notices).toEqual(['3 dead letters (soap 3) of 24 rows that were read']);
    expect(outputsIn(join(folder, 'out'))).toEqual(outputsIn(join(folder, 'local')));
    const few = await jobOf(letters(2), 3);
    await few.runAll();
    expect(await failureOf(few.commit())).toMatch(
      /^p: maxErrors: expected at most 2 rows to fail, got 3 with those in soap/,
    );
  });
});
