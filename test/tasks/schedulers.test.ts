import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { outputsIn, planned, writeMolecules } from '../support/tasks.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/tasks.md', import.meta.url), 'utf8');
const PIPELINES = `
pipelines:
  describeAll:
    source: { xyz: { path: molecules.xyz, batchRows: 1 } }
    steps: [{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, C, N, O] } }]
    sinks: [{ parquet: { path: '\${out}/all.parquet' } }]
`;
/** Runs a script for each index of an array, one after the other. */
const SBATCH = `#!/bin/sh
for argument; do case $argument in --array=0-*) last=\${argument#--array=0-};; esac; script=$argument; done
for i in $(seq 0 "$last"); do SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=$i sh -e "$script" || exit; done
`;

function blocks(language: string): string[] {
  return [...PAGE.matchAll(/```(\w*)\n(.*?)```/gs)].filter((match) => match[1] === language).map((match) => match[2]!);
}

interface Job {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { command: string[]; env: { name: string }[] }[] };
    };
  };
}

it('the commands of docs/tasks.md for Slurm and Kubernetes do what a local run does', async () => {
  const folder = temporaryFolder();
  writeMolecules(join(folder, 'molecules.xyz'), 2);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/soapstream'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(folder, 'bin/sbatch'), SBATCH, { mode: 0o755 });
  const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`;
  const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
    execFileSync(command, args, { cwd: folder, env: { ...process.env, PATH: path, ...env }, encoding: 'utf8' });

  const [script, commands] = blocks('sh').slice(-2); // those of Slurm
  expect(script).toContain('#SBATCH');
  writeFileSync(join(folder, 'task.sh'), script!);
  const [plan, ...rest] = commands!.split('\n');
  run('sh', ['-ec', plan!]);

  const { spec } = parse(blocks('yaml')[0]!) as Job;
  expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 64 });
  expect(plan).toContain('--splits 64'); // as many as these tasks, at most
  const [{ command, env }] = spec.template.spec.containers as [Job['spec']['template']['spec']['containers'][number]];
  expect(env.map(({ name }) => name)).toEqual(['POD_NAME']);
  for (const index of ['0', '1']) {
    run(command[0]!, command.slice(1), { JOB_COMPLETION_INDEX: index, POD_NAME: `describe-all-${index}-x2f` });
    expect(JSON.parse(readFileSync(join(folder, `tasks/line-${index}.json`), 'utf8'))).toMatchObject({
      task: Number(index),
      attempt: `describe-all-${index}-x2f`,
    });
  }

  // The array does the same tasks once more: its lines count.
  const told = run('sh', ['-ec', rest.join('\n')]);
  expect(told).toMatch(/describeAll .* 7 /);
  expect(readFileSync(join(folder, 'tasks/manifest.jsonl'), 'utf8').match(/"attempt":"7-0"/g)).toHaveLength(2);
  await runPlan(await planned(PIPELINES, folder, 'local'), { workers: 0, pipelines: ['describeAll'] });
  expect(outputsIn(join(folder, 'out'))).toEqual(outputsIn(join(folder, 'local')));
});
