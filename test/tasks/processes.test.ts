import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Ended, soapstream } from '../support/command.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { outputsIn, writeMolecules } from '../support/tasks.js';

const HARM = join(import.meta.dirname, 'harm.mjs');
const pipelines = (step = ''): string => `
pipelines:
  described:
    source: { xyz: { path: molecules.xyz, batchRows: 1 } }
    steps: [${step}{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, C, N, O] } }]
    sinks: [{ parquet: { path: '\${out}/described.parquet' } }]
  sampled:
    source: { parquet: { path: '\${out}/described.parquet' } }
    steps: [{ reservoirSample: { size: 5, seed: 1 } }]
    sinks: [{ parquet: { path: '\${out}/sampled' } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeMolecules(join(folder, 'molecules.xyz'), 3);
});

/** Until a process is gone, which must end by itself. */
async function ended(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function run(text: string, ...args: string[]): Promise<Ended> {
  writeFileSync(join(folder, 'p.yaml'), text);
  return soapstream(folder, ['run', 'p.yaml', ...args]);
}

/** Two at once. */
const PROCESSES = ['--engine', 'processes', '--tasks', '2', '--workers', '2'];

// Alone it takes a fraction of that.
describe('run --engine processes', { timeout: 300_000 }, () => {
  it('does what a local run does, in the order of the pipelines, also where a task is killed in the middle', async () => {
    const mark = join(folder, 'mark');
    await run(pipelines(), 'described', 'sampled', '--out', 'local');
    const text = pipelines(`{ ${HARM}: { how: kill, mark: '${mark}' } }, `);
    const { code, stdout, stderr } = await run(text, 'described', 'sampled', ...PROCESSES);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(existsSync(mark)).toBe(true);
    expect(stdout.toString()).toMatch(/described: task [01] was begun again: its process ended by SIGKILL/);
    expect(outputsIn(join(folder, 'out'))).toEqual(outputsIn(join(folder, 'local')));
    const again = await run(text, 'described', 'sampled', ...PROCESSES);
    expect(again.stdout.toString()).toMatch(/described: unchanged .*\nsampled: unchanged/);
  });

  it('ends its tasks when it is interrupted, and leaves nothing', async () => {
    const mark = join(folder, 'mark');
    const text = pipelines(`{ ${HARM}: { how: interrupt, mark: '${mark}' } }, `);
    const oneByOne = ['--engine', 'processes', '--tasks', '2', '--workers', '1']; // a second signal would end all at once
    const { code, stderr } = await run(text, 'described', ...oneByOne);
    expect(code).toBe(130);
    expect(stderr).toContain('stopped by SIGINT');
    expect(() => process.kill(Number(readFileSync(mark, 'utf8')), 0)).toThrow('ESRCH');
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  it('takes its tasks with it when it is killed, and the next run begins anew', async () => {
    const mark = join(folder, 'mark');
    const text = pipelines(`{ ${HARM}: { how: orphan, mark: '${mark}' } }, `);
    const killed = await run(text, 'described', ...PROCESSES);
    expect(killed.code).toBe(null);
    await ended(Number(readFileSync(mark, 'utf8')));
    expect((await run(text, 'described', ...PROCESSES)).code).toBe(0);
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(['described.parquet', 'runs']);
  });

  it('tells of a bad row as a local run does, and does not try it again', async () => {
    writeMolecules(join(folder, 'molecules.xyz'), 4); // the last has an element that is not declared
    const local = await run(pipelines(), 'described', '--out', 'local');
    const { code, stderr } = await run(pipelines(), 'described', ...PROCESSES);
    expect(code).toBe(3);
    const told = (text: string): string => /soapstream: .*image 3.*/.exec(text)![0].replace(/batch \d+/, 'batch');
    expect(told(stderr)).toBe(told(local.stderr));
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  it('expects a number of tasks, and of nothing else', async () => {
    expect((await run(pipelines(), '--engine', 'processes', '--tasks', '0')).stderr).toContain(
      '--tasks: expected a whole number ≥ 1 and ≤ 10000, got "0"',
    );
    expect((await run(pipelines(), '--tasks', '2')).stderr).toContain(
      '--tasks: expected --engine processes or spark, too',
    );
  });
});

describe('soapstream task', () => {
  it('loads no code that is not allowed, and tells failures as JSON', async () => {
    writeFileSync(join(folder, 'p.yaml'), pipelines(`{ ${HARM}: { how: kill, mark: ${join(folder, 'mark')} } }, `));
    const plan = await soapstream(folder, ['plan', 'p.yaml', 'described', 'sampled', '--splits', '2', '--to', 'tasks']);
    expect(plan.stdout.toString()).toBe(
      `described: 2 tasks\n  in tasks: ${HARM}, soap\nsampled: waits for described: plan it when that is committed\n  in tasks: reservoirSample\n  at the commit: reservoirSample (reservoirSample needs the batches before it)\n`,
    );
    const other = join(folder, 'other.mjs');
    const task = await soapstream(folder, ['task', 'tasks/task-0.json', '--attempt', '1', '--operators', other]);
    expect(task.code).toBe(2);
    expect(JSON.parse(task.stderr)).toMatchObject({
      error: {
        code: 'badOption',
        message: `described › ${HARM}: is code, which a task alone cannot have loaded: allow it by --operators ${HARM}`,
        pipeline: 'described',
        isRetryable: false,
      },
    });
    expect(task.stdout.toString()).toBe('');
    const broken = await soapstream(folder, ['task', 'p.yaml', '--attempt', '1', '--operators', other]);
    expect(JSON.parse(broken.stderr).error.message).toContain('p.yaml: expected JSON');
  });
});

describe('soapstream validate --engine processes', () => {
  it('tells where each step runs, in how many tasks, and why not', async () => {
    writeFileSync(join(folder, 'p.yaml'), pipelines());
    const { stdout } = await soapstream(folder, ['validate', 'p.yaml', '--engine', 'processes', '--tasks', '2']);
    const { size } = statSync(join(folder, 'molecules.xyz'));
    expect(stdout.toString()).toContain(
      `  tasks: 2, about ${Math.round(size / 2)} B of the input each\n  in tasks: soap\n`,
    );
    expect(stdout.toString()).toContain(
      '  tasks: as many as its input will have parts\n  in tasks: reservoirSample\n  at the commit: reservoirSample (reservoirSample needs',
    );
    const json = await soapstream(folder, ['validate', 'p.yaml', '--engine', 'processes', '--tasks', '2', '--json']);
    expect(JSON.parse(json.stdout.toString()).places).toEqual([
      { pipeline: 'described', tasks: 2, inputBytes: size, inTasks: ['soap'], atCommit: [] },
      {
        pipeline: 'sampled',
        tasks: null,
        inputBytes: null,
        inTasks: ['reservoirSample'],
        atCommit: ['reservoirSample'],
        why: 'reservoirSample needs the batches before it',
      },
    ]);
  });
});

describe('soapstream graph --engine processes', () => {
  it('puts steps into a box for each place', async () => {
    writeFileSync(join(folder, 'p.yaml'), pipelines());
    const graph = async (...args: string[]): Promise<string> =>
      (
        await soapstream(folder, ['graph', 'p.yaml', '--engine', 'processes', '--tasks', '2', ...args])
      ).stdout.toString();
    expect(await graph()).toContain(`
  subgraph p0["described"]
    subgraph p0x0["2 tasks"]
      n0["xyz"]
      n1["soap"]
      n2["→ parquet"]
    end
  end
  subgraph p1["sampled"]
    subgraph p1x0["tasks"]
      n3["parquet"]
    end
    subgraph p1x1["at the commit"]
      n4["reservoirSample"]
      n5["→ parquet"]
    end
  end
`);
    expect(await graph('--format', 'dot')).toContain('subgraph cluster_1_1 { label="at the commit";\n      n4 [label');
  });
});
