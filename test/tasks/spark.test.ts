import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CLI, type Ended, soapstream } from '../support/command.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { outputsIn, writeMolecules } from '../support/tasks.js';

const PIPELINES = `
pipelines:
  described:
    source: { xyz: { path: molecules.xyz, batchRows: 1 } }
    steps: [{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, C, N, O] } }]
    sinks: [{ parquet: { path: '\${out}/described.parquet' } }]
  again:
    source: { parquet: { path: '\${out}/described.parquet' } }
    steps: [{ select: { columns: [soap] } }]
    sinks: [{ parquet: { path: '\${out}/again' } }]
`;

/** In place of Python with Spark: answers by the protocol of soapstream._spark_driver. */
const driver = (answer: string): string => `#!${process.execPath}
const { execFileSync } = require('node:child_process');
const { appendFileSync, writeFileSync } = require('node:fs');
let asked;
const tell = (line) => console.log(JSON.stringify(line));
const part = (task) => {
  writeFileSync('task.json', JSON.stringify(task));
  const [program, ...args] = asked.program;
  return JSON.parse(execFileSync(program, [...args, 'task', 'task.json', '--attempt', 'a' + task.task, ...asked.options]));
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const found = JSON.parse(line);
  if (asked === undefined) return writeFileSync('asked.json', JSON.stringify(asked = found));
  appendFileSync('jobs', found.tasks.length + ' ');
  ${answer}
});
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeMolecules(join(folder, 'molecules.xyz'), 3);
  writeFileSync(join(folder, 'p.yaml'), PIPELINES);
});

/** `run --engine spark` with a driver that answers so. */
function run(answer: string, ...args: string[]): Promise<Ended> {
  const python = join(folder, 'python');
  writeFileSync(python, driver(answer), { mode: 0o755 });
  const master = ['--engine', 'spark', '--master', 'spark://stub:1', '--tasks', '2'];
  return soapstream(folder, ['run', 'p.yaml', ...args, ...master], undefined, { PYSPARK_DRIVER_PYTHON: python });
}

describe('run --engine spark', () => {
  it('gives each pipeline to the same driver as one job, to the outputs of a local run', async () => {
    await soapstream(folder, ['run', 'p.yaml', 'described', 'again', '--out', 'local']);
    const answer = 'tell({ progress: 1 }); tell({ parts: found.tasks.map(part) });';
    const { code, stdout, stderr } = await run(answer, 'described', 'again');
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^described .*\nagain /m);
    expect(outputsIn(join(folder, 'out'))).toEqual(outputsIn(join(folder, 'local')));
    const asked = JSON.parse(readFileSync(join(folder, 'asked.json'), 'utf8')) as object;
    expect(asked).toMatchObject({ master: 'spark://stub:1', program: [process.execPath, CLI] });
    expect(readFileSync(join(folder, 'jobs'), 'utf8')).toBe('2 1 ');
  });

  it('tells the place of a row that fails, and leaves nothing', async () => {
    const failed = `{ code: 'badData', detail: 'no such element', pipeline: 'described', step: 'soap', image: 5 }`;
    const { code, stderr } = await run(`tell({ failed: ${failed} });`, 'described');
    expect(stderr).toMatch(/described › soap, image 5: no such element/);
    expect(code).toBe(3);
    expect(outputsIn(join(folder, 'out'))).toEqual(new Map());
  });

  it('tells how its driver has ended, and what that said last', async () => {
    const { code, stderr } = await run(`console.error('no memory'); process.exit(7);`, 'described');
    expect(stderr).toMatch(/python, the driver of Spark: it ended by exit code 7: no memory/);
    expect(code).toBe(1);
  });

  it('says what to do without a Python', async () => {
    const args = ['run', 'p.yaml', '--engine', 'spark', '--master', 'local[1]', '--tasks', '2'];
    const { code, stderr } = await soapstream(folder, args, undefined, {
      PYSPARK_DRIVER_PYTHON: '/nowhere/python',
    });
    expect(stderr).toMatch(
      /expected a Python that has pyspark, found no \/nowhere\/python: name one by PYSPARK_DRIVER_PYTHON/,
    );
    expect(code).toBe(2);
  });

  it.each([
    [['--engine', 'spark', '--tasks', '2'], '--engine spark: expected --master, such as'],
    [['--engine', 'spark', '--master', 'local[2]'], '--engine spark: expected --tasks,'],
    [['--master', 'local[2]'], '--master: expected --engine spark, too'],
    [['--archive', 'a.tar.gz'], '--archive: expected --engine spark, too'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await soapstream(folder, ['run', 'p.yaml', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
