import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const PIPELINES = `
pipelines:
  describe:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 20, nMax: 3, lMax: 2, sigma: 2 } }]
    sinks: [{ parquet: { path: '\${out}/soap.parquet' } }]
  train:
    source: { parquet: { path: '\${out}/soap.parquet' } }
    steps: [{ robustRescale: { fit: scaler } }]
    metrics: { parquet: { path: '\${out}/metrics.parquet' } }
`;

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Record<string, unknown> };
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
}

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 5);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

const inFolder = (path: string): string => join(folder, path);
const eventsIn = (path: string): Event[] =>
  readFileSync(inFolder(path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
const namesOf = (sets: readonly { readonly name: string }[]): string[] => sets.map(({ name }) => name);

describe('run --lineage', () => {
  it('appends what each pipeline reads and writes to a file, artifacts included', async () => {
    const { code } = await soapstream(folder, ['run', '--lineage', 'lineage.jsonl']);
    expect(code).toBe(0);
    const events = eventsIn('lineage.jsonl');
    expect(events).toMatchObject([
      { eventType: 'START', job: { namespace: 'pipelines.yaml', name: 'describe' } },
      {
        eventType: 'COMPLETE',
        outputs: [
          {
            namespace: 'file',
            facets: {
              schema: {
                fields: expect.arrayContaining([{ name: 'soap', type: 'fixed_size_list<float32, 18>' }]) as unknown,
              },
            },
            outputFacets: {
              outputStatistics: { rowCount: expect.any(Number) as number, size: expect.any(Number) as number },
            },
          },
        ],
      },
      { eventType: 'START', job: { name: 'train' } },
      { eventType: 'COMPLETE' },
    ]);
    expect(events.map(({ inputs }) => namesOf(inputs))).toEqual([
      [inFolder('labels'), inFolder('images')],
      [inFolder('labels'), inFolder('images')],
      [inFolder('out/soap.parquet')],
      [inFolder('out/soap.parquet')],
    ]);
    expect(events.map(({ outputs }) => namesOf(outputs))).toEqual([
      [],
      [inFolder('out/soap.parquet')],
      [],
      [inFolder('out/metrics.parquet'), inFolder('out/artifacts/scaler')],
    ]);
    const ids = events.map(({ run }) => run.runId);
    expect([ids[0] === ids[1], ids[2] === ids[3], ids[0] === ids[2]]).toEqual([true, true, false]);
  });

  it('tells a failure with its message, and an interruption', async () => {
    writeFileSync(inFolder('images'), readFileSync(inFolder('images')).subarray(0, 100));
    await soapstream(folder, ['run', 'describe', '--lineage', 'lineage.jsonl']);
    const [, failed] = eventsIn('lineage.jsonl');
    expect(failed).toMatchObject({
      eventType: 'FAIL',
      run: {
        facets: { errorMessage: { message: expect.stringContaining('describe › decodeMnist: images') as string } },
      },
      outputs: [],
    });
    writeSmallMnist(folder, 10_000);
    await soapstream(
      folder,
      ['run', 'describe', '--lineage', 'stopped.jsonl', '--log-format', 'json'],
      async (child) => {
        await once(child.stderr, 'data');
        child.kill('SIGINT');
      },
    );
    expect(eventsIn('stopped.jsonl').at(-1)).toMatchObject({ eventType: 'ABORT' });
  });

  it('posts events to a server', async () => {
    const bodies: Event[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Event);
        response.writeHead(201).end();
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`;
    const { stderr } = await soapstream(folder, ['run', 'describe', '--lineage', url]);
    expect(bodies.map(({ eventType }) => eventType)).toEqual(['START', 'COMPLETE']);
    expect(stderr).not.toContain('lineage');
  });

  it('goes on where a server does not answer, and says so without its address', async () => {
    const { code, stderr } = await soapstream(folder, [
      'run',
      'describe',
      '--lineage',
      'http://127.0.0.1:9/?key=secret',
    ]);
    expect(stderr).toContain('soapstream: --lineage: an event was not delivered: ');
    expect(stderr).not.toContain('secret');
    expect(code).toBe(0);
  });

  it('refuses a file that cannot be written, and what is no address, before anything runs', async () => {
    for (const [target, message] of [
      ['nowhere/lineage.jsonl', 'ENOENT: no such file or directory, open .*'],
      ['http://', 'expected a URL'],
      ['http://me:secret@localhost/', 'expected an address without a name and password'],
    ] as const) {
      const { code, stderr } = await soapstream(folder, ['run', 'describe', '--lineage', target]);
      expect(stderr).toMatch(new RegExp(`^soapstream: --lineage: ${message}\n$`));
      expect(code).toBe(2);
    }
  });
});
