import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableFromIPC } from 'apache-arrow';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Ended, soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const PIPELINES = `
pipelines:
  slow:
    source: { idx: { images: images, labels: labels } }
    steps:
      - decodeMnist: { batchRows: 2 }
      - imageToXyz
      - soap: { rCut: 60, nMax: 8, lMax: 8, sigma: 3 }
      - robustRescale: { fit: scaler }
    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', temporaryFolder()); // sockets of others are elsewhere
  onTestFinished(() => void vi.unstubAllEnvs());
  writeSmallMnist(folder, 30);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

const sockets = (): string[] => {
  const shared = join(tmpdir(), `soapstream-${process.getuid!()}`);
  return existsSync(shared) ? readdirSync(shared).map((name) => join(shared, name)) : [];
};

/** Holds the run until all who ask it have been connected. */
type Held = (asked: readonly (() => Promise<Ended>)[]) => Promise<Ended[]>;

/** Of a socket, as Linux tells; one for each that was accepted or waits to be, beside that which listens. */
function connections(socket: string): number {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.filter((line) => line.endsWith(` ${socket}`)).length - 1;
}

/** Runs the pipeline, and does something once its socket is there. @returns the bytes of its output */
async function whileRunning(args: string[], work: (socket: string, held: Held) => Promise<void>): Promise<Buffer> {
  const ran = await soapstream(folder, ['run', ...args], async (child) => {
    let mine: string | undefined;
    while (mine === undefined) {
      await sleep(20);
      [mine] = sockets();
    }
    const socket = mine;
    await work(socket, async (asked) => {
      child.kill('SIGSTOP');
      const answers = asked.map((ask) => ask());
      while (connections(socket) < asked.length) await sleep(20);
      child.kill('SIGCONT');
      return Promise.all(answers);
    });
  });
  expect(ran).toMatchObject({ code: 0 });
  expect(sockets()).toEqual([]);
  return readFileSync(join(folder, args.at(-1)!, 'rows.parquet'));
}

const tap = (step: string, ...args: string[]) =>
  soapstream(folder, ['tap', 'pipelines.yaml', 'slow', step, '--format', 'arrow', ...args]);

describe.runIf(process.platform === 'linux')('soapstream tap, while a run goes on', () => {
  it.each(['0', '2'])(
    'prints what leaves a step from now on, and changes no byte, with %s workers',
    async (workers) => {
      const alone = await whileRunning(['--workers', workers, '--out', 'alone'], async () => {});
      const tapped = await whileRunning(['--workers', workers, '--out', 'tapped'], async (_, held) => {
        const steps = [
          ['imageToXyz', 'points'],
          ['soap', 'soap'],
        ] as const;
        const all = await held(
          steps.map(
            ([step]) =>
              () =>
                tap(step, '--rows', '5', '--out', 'tapped'),
          ),
        );
        for (const [i, { code, stdout, stderr }] of all.entries()) {
          expect(stderr).toMatch(/^soapstream: rows of process \d+, which runs slow\n/);
          const table = tableFromIPC(stdout);
          expect(table.numRows).toBe(5);
          expect(table.schema.fields.map(({ name }) => name)).toContain(steps[i]![1]);
          expect(code).toBe(0);
        }
      });
      expect(tapped.equals(alone)).toBe(true);
    },
  );

  it('is for its owner alone', async () => {
    await whileRunning(['--workers', '1', '--out', 'out'], async (socket) => {
      expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
      expect(statSync(join(socket, '..')).uid).toBe(process.getuid!());
    });
  });

  it('does not wait for who reads nothing, asks for nonsense or goes away', async () => {
    await whileRunning(['--workers', '1', '--out', 'out'], async (socket) => {
      const asked = await Promise.all(
        ['{"run":1}\n', 'x'.repeat(10_000), '\n'].map(async (text) => {
          const client = connect(socket);
          await once(client, 'connect');
          client.on('error', () => {});
          client.write(text);
          return client;
        }),
      );
      const [first] = asked;
      const [answer] = (await once(first!, 'data')) as [Buffer];
      expect(JSON.parse(String(answer))).toMatchObject({ error: expect.stringContaining('expected string') as string });
      asked[2]!.destroy();
    });
  });

  it('runs as much as it needs itself where the run has other settings, or there is none', async () => {
    await whileRunning(['--workers', '1', '--out', 'out'], async (_, held) => {
      const [other] = await held([() => tap('imageToXyz', '--rows', '2', '--set', 'slow.soap.rCut=50')]);
      expect(other!.stderr).toMatch(/process \d+ runs slow, but it has other settings: the rows are not its own/);
      expect(tableFromIPC(other!.stdout).numRows).toBe(2);
    });
    const { stderr, stdout } = await tap('imageToXyz', '--rows', '2');
    expect(stderr).not.toContain('process');
    expect(tableFromIPC(stdout).numRows).toBe(2);
  });
});
