import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

const PIPELINES = `
variables: { rCut: 20 }
default: [clouds]
pipelines:
  clouds:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, imageToXyz]
    sinks: [{ parquet: { path: '\${out}/clouds' } }]
  descriptors:
    source: { idx: { images: images, labels: labels } }
    steps: [{ decodeMnist: { batchRows: 4 } }, imageToXyz, { soap: { rCut: '\${rCut}', nMax: 4, lMax: 4, sigma: 2 } }]
    sinks: [{ parquet: { path: '\${out}/descriptors', rowGroupRows: 500 } }]
  piped:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist]
    sinks: [{ arrow: { path: '-' } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 50);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the command in the folder. @param meanwhile gets the process once it runs */
async function soapstream(
  args: string[],
  meanwhile: (kill: (signal: NodeJS.Signals) => void) => Promise<void> = async () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await meanwhile((signal) => child.kill(signal));
  return { code: await ended, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** Names in `out`, hidden ones too. */
const outputs = (): string[] => (existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).toSorted() : []);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

/** Some row group of the descriptors is on disk, under the hidden name. */
const isWriting = (): boolean =>
  outputs().some(
    (name) => name.startsWith('.descriptors.partial') && readdirSync(join(folder, 'out', name)).length > 0,
  );

describe('soapstream run', () => {
  it('runs the default pipelines, tells what it did, and exits with 0', async () => {
    const { code, stdout, stderr } = await soapstream(['run']);
    expect(stderr).toMatch(/^✓ clouds · .* · 50 rows → .*clouds\n$/);
    expect(stdout.toString()).toMatch(/^pipeline +time +rows +written +metrics\nclouds +[\d.]+ s +50 +[\d.]+ kB\n$/);
    expect(code).toBe(0);
    expect(outputs()).toEqual(['clouds', 'runs']);
  });

  it('runs the pipelines that are named, of the default file or another, and writes where it is told', async () => {
    writeFileSync(join(folder, 'other.yaml'), PIPELINES);
    expect((await soapstream(['run', 'clouds', '--out', 'a'])).code).toBe(0);
    expect((await soapstream(['run', 'other.yaml', 'clouds', '--out', 'b'])).code).toBe(0);
    expect([readdirSync(join(folder, 'a')), readdirSync(join(folder, 'b'))]).toEqual([
      ['clouds', 'runs'],
      ['clouds', 'runs'],
    ]);
  });

  it('prints a report in JSON', async () => {
    const { stdout } = await soapstream(['run', '--json']);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      run: expect.stringMatching(/^[0-9a-f]{12}$/),
      pipelines: [
        {
          pipeline: 'clouds',
          outputs: [{ rows: 50 }],
          steps: [
            { id: 'idx' },
            { id: 'decodeMnist', rowsOut: 50 },
            { id: 'imageToXyz', rowsIn: 50 },
            { id: '→ parquet' },
          ],
        },
      ],
    });
  });

  it('passes over what has not changed, unless it is forced, and says beforehand what it would do', async () => {
    const say = async (...args: string[]): Promise<string> => (await soapstream(['run', ...args])).stdout.toString();
    expect(await say('--dry-run')).toBe('clouds  runs: no record of an earlier run is there\n');
    expect(outputs()).toEqual([]);
    await soapstream(['run']);
    expect(await say('--dry-run')).toBe('clouds  unchanged\n');
    expect(await say()).toMatch(/^clouds: unchanged since its run of \d{4}-\d\d-\d\d \d\d:\d\d UTC, 50 rows\n$/);
    expect(JSON.parse(await say('--json'))).toMatchObject({
      pipelines: [],
      unchanged: [{ pipeline: 'clouds', outputs: [{ rows: 50, path: 'clouds' }] }],
    });
    expect(await say('--force', '--dry-run')).toBe('clouds  runs: all are to run\n');
    expect(await say('--force')).toMatch(/^pipeline .*\nclouds /);
  });

  it('is told of another run of a pipeline into the same folder, and takes the place of one that is dead', async () => {
    writeSmallMnist(folder, 10_000);
    const running = soapstream(['run', 'descriptors'], async (kill) => {
      await until(isWriting);
      const { code, stderr } = await soapstream(['run', 'descriptors']);
      expect(stderr).toMatch(
        /^soapstream: .*out\/descriptors: process \d+ is at work on it: expected to be alone; wait for it, or write elsewhere \(--out\)\n$/,
      );
      expect(code).toBe(2);
      expect((await soapstream(['run', 'clouds'])).code).toBe(0);
      kill('SIGKILL');
    });
    expect((await running).code).toBe(null);
    writeSmallMnist(folder, 50);
    expect((await soapstream(['run', 'descriptors'])).code).toBe(0);
    expect(outputs()).toEqual(['clouds', 'descriptors', 'runs']);
  });

  it('writes nothing but Arrow to standard output when a sink is there', async () => {
    const { code, stdout, stderr } = await soapstream(['run', 'piped']);
    expect(tableFromIPC(stdout).numRows).toBe(50);
    expect(stdout.subarray(-8).toString('hex')).toBe('ffffffff00000000'); // the end marker of the stream is the end
    expect(stderr).toContain('piped');
    expect(code).toBe(0);
  });

  it('is interrupted, and leaves nothing that is partial, when the reader of standard output goes', async () => {
    const text = PIPELINES.replace(
      "[{ arrow: { path: '-' } }]",
      "[{ arrow: { path: '-' } }, { parquet: { path: '${out}/images' } }]",
    );
    writeFileSync(
      join(folder, 'pipelines.yaml'),
      text.replace('steps: [decodeMnist]', 'steps: [decodeMnist: { batchRows: 1 }]'),
    );
    writeSmallMnist(folder, 2000); // more than a pipe holds
    const child = spawn(process.execPath, [CLI, 'run', 'piped'], { cwd: folder });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toBe(130);
    expect(Buffer.concat(stderr).toString()).toContain('standard output: its reader has gone: ');
    expect(outputs().filter((name) => name !== 'runs')).toEqual([]);
  });

  it('does not mind that nobody reads what it prints', async () => {
    const child = spawn(process.execPath, [CLI, 'run', 'clouds', '--json'], { cwd: folder });
    child.stdout.destroy();
    child.stderr.resume();
    expect(await new Promise<number | null>((resolve) => child.on('close', resolve))).toBe(0);
    expect(outputs()).toContain('clouds');
  });

  it('exits with 2 and a code frame when the file is wrong', async () => {
    const { code, stdout, stderr } = await soapstream(['run', 'descriptors', '--set', 'rCut=-1']);
    expect(code).toBe(2);
    expect(stdout.toString()).toBe('');
    expect(stderr).toContain('--set rCut=-1 soap.rCut: expected a number > 0 (input units), got -1');
    expect(outputs()).toEqual([]);
  });

  it.each([
    [
      ['run', 'nosuch'],
      2,
      'soapstream: there is no pipeline or sweep nosuch in pipelines.yaml, only clouds, descriptors, piped',
    ],
    [['rum'], 2, 'Did you mean run?'],
    [['run', '--worker', '2'], 2, 'Unknown argument: worker'],
    [['run', '--workers', 'abc'], 2, '--workers: expected a whole number ≥ 0, got "abc"'],
    [['run', '--out', 'a', '--out', 'b'], 2, 'soapstream: --out: expected it once, got "a" and "b"'],
    [['run', '--profile', 'a', '--profile', 'b'], 2, 'soapstream: --profile: expected it once'],
    [['run', '--out='], 2, 'soapstream: --out: expected a value, got ""'],
    [['run', '--set'], 2, 'soapstream: Not enough arguments following: set'],
    [['run', '--set', '--json'], 2, 'soapstream: Not enough arguments following: set'],
    [['run', '--json=maybe'], 2, 'soapstream: --json: expected true or false, got maybe'],
    [['run', '--no-json'], 2, 'soapstream: Unknown argument: no-json'],
    [['run', '--out.a', 'b'], 2, 'soapstream: Unknown argument: out.a'],
    [['run', '--', 'clouds'], 2, 'soapstream: expected nothing after --'],
    [['run', ''], 2, 'soapstream: file: expected a value, got ""'],
    [['validate', '.'], 2, 'soapstream: .: the pipeline file cannot be read: it is a directory'],
    [['validate', 'images'], 2, 'soapstream: images: the pipeline file cannot be read: expected UTF-8 text'],
    [['graph', '--format', 'svg'], 2, 'soapstream: Invalid values: Argument: format, Given: "svg"'],
    [['inspect', 'images', '--rows', '-1'], 2, '--rows: expected a whole number ≥ 0, got "-1"'],
    [['run', 'absent.yaml'], 2, 'absent.yaml: the pipeline file cannot be read'],
    [['inspect', 'absent.parquet'], 3, 'absent.parquet: no such file'],
    [
      ['inspect', 'pipelines.yaml'],
      3,
      'pipelines.yaml: expected a file of Parquet, Arrow IPC, IDX, XYZ or PLY, found none of them',
    ],
  ])('%j exits with %i', async (args, expected, message) => {
    const { code, stderr } = await soapstream(args);
    expect(stderr).toContain(message);
    expect(code).toBe(expected);
  });

  it('exits with 3 when data is damaged, and says where', async () => {
    writeFileSync(join(folder, 'labels'), readFileSync(join(folder, 'labels')).subarray(0, 30));
    const { code, stderr } = await soapstream(['run']);
    expect(stderr).toBe(
      'soapstream: clouds › decodeMnist: labels (labels): expected 50 bytes of data after the header, got 22: the file is cut off\n',
    );
    expect(code).toBe(3);
    expect(outputs()).toEqual([]);
  });

  it('tells in JSON what has finished before a failure', async () => {
    writeFileSync(
      join(folder, 'pipelines.yaml'),
      `${PIPELINES}  absent:\n    source: { idx: { images: nowhere, labels: labels } }\n    steps: [decodeMnist]\n`,
    );
    const { code, stdout, stderr } = await soapstream(['run', 'clouds', 'absent', '--json']);
    expect(JSON.parse(stdout.toString()).pipelines).toMatchObject([{ pipeline: 'clouds' }]);
    expect(stderr).toMatch(/soapstream: absent: .*nowhere: no such file/);
    expect(code).toBe(3);
  });

  it('takes a reader that leaves early for no failure', () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; "${process.execPath}" "${CLI}" schema | true`],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('stops at Ctrl-C within a moment, removes what is partial, and exits with 130', async () => {
    writeSmallMnist(folder, 10_000);
    let asked = 0;
    const { code, stderr } = await soapstream(['run', 'clouds', 'descriptors'], async (kill) => {
      await until(isWriting);
      asked = performance.now();
      kill('SIGINT');
    });
    expect(performance.now() - asked).toBeLessThan(10_000); // a moment on a quiet machine; the bound is for a busy one
    expect(stderr).toContain(
      'soapstream: stopped by SIGINT: finished outputs stay, and the same command goes on from the latest checkpoint',
    );
    expect(code).toBe(130);
    expect(outputs()).toEqual(['clouds', 'runs']);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('stops at %s as at Ctrl-C', async (signal) => {
    const { code, stderr } = await soapstream(
      ['run', 'pipelines.yaml', 'descriptors', '--workers', '0'],
      async (kill) => {
        while (outputs().length === 0) await sleep(5);
        kill(signal);
      },
    );
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining(`stopped by ${signal}`) as string });
    expect(outputs()).toEqual([]);
  });

  it('leaves nothing that is partial when it is asked twice, and ends at once', async () => {
    const { code } = await soapstream(['run', 'pipelines.yaml', 'descriptors', '--workers', '0'], async (kill) => {
      while (outputs().length === 0) await sleep(5);
      kill('SIGINT');
      kill('SIGTERM');
    });
    expect(code).toBe(130);
    expect(outputs()).toEqual([]);
  });

  it('tells the rows that were written, not those that were read', async () => {
    const text = PIPELINES.replace(
      '[decodeMnist, imageToXyz]',
      '[decodeMnist, { filter: { column: image, from: 0, to: 3 } }]',
    );
    writeFileSync(join(folder, 'pipelines.yaml'), text);
    const { stdout } = await soapstream(['run']);
    expect(stdout.toString()).toMatch(/\nclouds +[\d.]+ s +3 /);
    const { pipelines } = JSON.parse((await soapstream(['run', '--force', '--json'])).stdout.toString()) as {
      pipelines: { outputs: unknown }[];
    };
    expect(pipelines[0]!.outputs).toMatchObject([{ rows: 3, role: 'rows' }]);
  });

  it('has its own version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await soapstream(['--version'])).stdout.toString()).toBe(`${version}\n`);
  });

  it('leaves nothing that looks complete when it is killed, and cleans up the next time', async () => {
    writeSmallMnist(folder, 10_000);
    await soapstream(['run', 'descriptors'], async (kill) => {
      await until(isWriting);
      kill('SIGKILL');
    });
    expect(outputs()).toEqual([
      expect.stringMatching(/^\.descriptors\.partial/),
      expect.stringMatching(/^\.descriptors\.running/),
    ]);
    writeSmallMnist(folder, 50);
    expect((await soapstream(['run', 'descriptors'])).code).toBe(0);
    expect(outputs()).toEqual(['descriptors', 'runs']);
  });
});

describe('soapstream validate', () => {
  it('shows the columns that leave each step', async () => {
    const { code, stdout } = await soapstream(['validate']);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('pipelines.yaml is valid');
    expect(stdout.toString()).toMatch(
      /soap +image: uint32, label: uint8, center: uint32, .*soap: fixed_size_list<float32, 50>/,
    );
  });

  it('shows every mistake with a code frame, and counts them', async () => {
    writeFileSync(
      join(folder, 'pipelines.yaml'),
      PIPELINES.replace('imageToXyz]\n', 'imageToXzy]\n').replace('nMax: 4', 'nmax: 4'),
    );
    const { code, stderr } = await soapstream(['validate']);
    expect(code).toBe(2);
    expect(stderr).toContain('> 7 |     steps: [decodeMnist, imageToXzy]');
    expect(stderr).toContain('did you mean imageToXyz?');
    expect(stderr).toContain('did you mean nMax?');
    expect(stderr).toMatch(/pipelines\.yaml: \d errors\n$/);
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await soapstream(['validate', '--json', '--set', 'rCut=0']);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      valid: false,
      diagnostics: [{ severity: 'error', location: { argument: '--set rCut=0' } }],
    });
  });
});

describe('the other commands', () => {
  it('graph draws Mermaid and DOT', async () => {
    expect((await soapstream(['graph'])).stdout.toString()).toMatch(
      /^flowchart LR\n {2}subgraph p0\["clouds"\]\n {4}n0\["idx"\]\n/,
    );
    expect((await soapstream(['graph', '--format', 'dot'])).stdout.toString()).toMatch(/^digraph pipelines \{\n/);
  });

  it('list names everything, and describes one thing in full', async () => {
    const all = (await soapstream(['list'])).stdout.toString();
    for (const name of [
      'idx',
      'decodeMnist',
      'imageToXyz',
      'reservoirSample',
      'soap',
      'robustRescale',
      'compress',
      'classify',
      'parquet',
      'arrow',
    ]) {
      expect(all).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect((await soapstream(['list', 'soap'])).stdout.toString()).toMatch(/sigma +number > 0, required/);
  });

  it('schema prints the JSON Schema', async () => {
    expect(JSON.parse((await soapstream(['schema'])).stdout.toString())).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
    });
  });

  it('inspect shows Parquet, IDX and artifacts', async () => {
    await soapstream(['run']);
    const clouds = (await soapstream(['inspect', 'out/clouds'])).stdout.toString();
    expect(clouds).toContain('parquet · 50 rows');
    expect(clouds).toContain('points  list<fixed_size_list<float64, 3>>');
    expect((await soapstream(['inspect', 'images'])).stdout.toString()).toContain('idx · 50 rows');
    expect(
      JSON.parse((await soapstream(['inspect', 'out/clouds', '--json', '--rows', '2'])).stdout.toString()),
    ).toMatchObject({
      rows: 50,
      head: [
        { image: 0, label: 7 },
        { image: 1, label: 2 },
      ],
    });
  });

  it('helps', async () => {
    const { code, stdout } = await soapstream(['--help']);
    expect(stdout.toString()).toContain('Exit codes: 0 done');
    expect(code).toBe(0);
  });
});
