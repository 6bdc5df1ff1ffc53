import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { MEASURE, sweepFile, timelessFiles } from '../sweeps/support.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const SWEEP = "over: { x: { from: 1, to: 9 } }, sample: { trials: '${trials}' }, objective: trial.measure.score";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 3);
  const text = sweepFile(SWEEP, ', trials: 8, wait: 0', ", waitMs: '${wait}'");
  writeFileSync(join(folder, 'pipelines.yaml'), `${text}profiles: { quick: { trials: 3 } }\ndefault: [search]\n`);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function soapstream(
  args: string[],
  meanwhile: (kill: (signal: NodeJS.Signals) => void) => Promise<void> = async () => {},
): Promise<Ended> {
  const allowed = ['run', 'validate', 'graph'].includes(args[0]!) ? ['--operators', MEASURE] : [];
  const child = spawn(process.execPath, [CLI, ...args, ...allowed], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await meanwhile((signal) => child.kill(signal));
  return { code: await ended, ...output };
}

const ended = (out: string): string[] => {
  const trials = join(folder, out, 'search/trials');
  if (!existsSync(trials)) return [];
  return readdirSync(trials).filter((name) => existsSync(join(trials, name, 'trial.json')));
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const record = (out: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, out, 'runs/search.json'), 'utf8')) as Record<string, unknown>;

describe('soapstream run of a sweep', () => {
  it('runs it by name or by default, and tells the best trial', async () => {
    const { code, stdout, stderr } = await soapstream(['run', '--profile', 'quick', '--workers', '2']);
    expect(stderr).toMatch(/^✓ search · .* · 3 trials\n$/);
    expect(stdout).toMatch(
      /^search: 3 trials, 3 done\n {2}best trial\.measure\.score: trial \d with -[\d.]+ at x = [\d.]+\n$/,
    );
    expect(code).toBe(0);
    const again = await soapstream(['run', 'search', '--profile', 'quick', '--set', 'trials=4', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      pipelines: [],
      sweeps: [{ sweep: 'search', kept: 3, trials: { total: 4, done: 4 } }],
    });
    expect(record('out')).toMatchObject({
      format: 1,
      kind: 'sweep',
      name: 'search',
      run: JSON.parse(again.stdout).run,
      file: 'pipelines.yaml',
      profile: 'quick',
      settings: ['trials=4'],
      variables: { trials: 4 },
      definition: { pipelines: ['trial'], over: { x: { from: 1, to: 9 } }, sample: { trials: 4 } },
      dependsOn: [],
      outputs: [
        { path: 'search/results.parquet', rows: 4, role: 'results' },
        { path: 'search/metrics.parquet', rows: 28, role: 'metrics' },
      ],
      trials: { total: 4, done: 4, abandoned: 0, diverged: 0 },
    });
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('goes on after %s and ends with the same bytes', async (signal) => {
    const settings = ['--set', 'wait=40'];
    const killed = await soapstream(['run', 'search', '--workers', '2', ...settings], async (kill) => {
      await until(() => ended('out').length >= 3);
      kill(signal);
    });
    expect(killed.code).toBe(signal === 'SIGINT' ? 130 : null);
    const before = ended('out').length;
    expect(before).toBeGreaterThanOrEqual(3);
    expect(before).toBeLessThan(8);
    if (signal === 'SIGINT') expect(record('out')['trials']).toMatchObject({ total: 8, done: before });

    const { stdout } = await soapstream(['run', 'search', '--json', ...settings]);
    expect(JSON.parse(stdout).sweeps).toMatchObject([{ kept: before, trials: { done: 8 } }]);
    await soapstream(['run', 'search', '--workers', '1', '--out', 'whole', ...settings]);
    expect(timelessFiles(join(folder, 'out'))).toEqual(timelessFiles(join(folder, 'whole')));
  });

  it('exits with the code of the failure and tells what has ended', async () => {
    const file = join(folder, 'pipelines.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('over: { x: { from: 1, to: 9 } }', 'over: { x: [1, 7] }')
        .replace("sample: { trials: '${trials}' }, ", '')
        .replace('waitMs', 'failAt: 7, waitMs')
        .replace('trials: 8, ', '')
        .replace('{ trials: 3 }', '{}'),
    );
    const { code, stderr } = await soapstream(['run', '--workers', '1']);
    expect(stderr).toBe('soapstream: sweep search, trial 2 (x = 7): trial › measure: x is 7\n');
    expect(code).toBe(3);
    expect(record('out')).toMatchObject({ trials: { total: 2, done: 1 } });
  });

  it('says what a misspelt name could mean', async () => {
    const { code, stderr } = await soapstream(['run', 'serach']);
    expect(stderr).toContain(
      'there is no pipeline or sweep serach in pipelines.yaml, only trial, search; did you mean search?',
    );
    expect(code).toBe(2);
    const profile = await soapstream(['run', '--profile', 'quik']);
    expect(profile.stderr).toContain('--profile quik there is no profile quik, expected quick');
    expect(profile.code).toBe(2);
  });
});

describe('other commands', () => {
  it('validate counts the trials and shows what changes', async () => {
    const { code, stdout } = await soapstream(['validate']);
    expect(stdout).toContain('\nsearch: 8 trials drawn at random of trial\n  x  1 to 9\n');
    expect(code).toBe(0);
  });

  it('graph draws a box that names the pipelines', async () => {
    const { stdout } = await soapstream(['graph']);
    expect(stdout).toMatch(/subgraph p1\["sweep search"\]\n {4}n\d\["trial over x"\]\n/);
  });

  it('list tells of profiles and sweeps', async () => {
    expect((await soapstream(['list'])).stdout).toMatch(
      /Beside the pipelines\n {2}profiles +Named sets .*\n {2}sweeps +Runs/,
    );
    expect((await soapstream(['list', 'sweeps'])).stdout).toMatch(/abandon\.startup +integer >= 1, default 10/);
  });
});
