import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { decodeIpc, encodeIpc, openIpcStream } from '#dist/arrow/ipcStream.js';
import { concatBytes } from '#dist/bytes.js';
import { cloudBatch, imageBatch, split } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { collect, countedSource } from '../support/pulls.js';

const batches = split(cloudBatch([3, 0, 5, 2, 7, 1]), 2);
const bytesOf = async (): Promise<Uint8Array> => concatBytes(await collect(encodeIpc(countedSource(batches))));
const cut = (bytes: Uint8Array, length: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.slice(i * length, (i + 1) * length));

describe('encodeIpc', () => {
  it('gives a stream that Arrow reads', async () => {
    expect(plainRows(tableFromIPC(await bytesOf()).batches)).toEqual(plainRows(batches));
  });

  it('gives the schema of a stream without batches, if it is told', async () => {
    const { schema } = batches[0]!;
    const bytes = concatBytes(await collect(encodeIpc(countedSource([]), schema)));
    expect(tableFromIPC(bytes).schema.fields.map(({ name }) => name)).toEqual(['image', 'label', 'points']);
    expect(await collect(encodeIpc(countedSource([])))).toEqual([]);
  });

  it('pulls a batch when its bytes are asked for', async () => {
    const source = countedSource(batches);
    const chunks = encodeIpc(source);
    expect(source.pulled).toBe(0);
    await chunks.next();
    expect(source.pulled).toBe(1);
    await chunks.return();
    expect(source.closed).toBe(1);
  });

  it('refuses a batch of another schema', async () => {
    await expect(collect(encodeIpc(countedSource([batches[0]!, imageBatch(2)])))).rejects.toMatchObject({
      code: 'badSchema',
      message: 'the Arrow stream: columns: expected image, label, points, found image, label, pixels',
    });
  });
});

describe('decodeIpc', () => {
  it.each([1, 7, 64, 1000, 1e6])('reads chunks of %i bytes', async (length) => {
    const read = await collect(decodeIpc(countedSource(cut(await bytesOf(), length))));
    expect(read.map(({ numRows }) => numRows)).toEqual(batches.map(({ numRows }) => numRows));
    expect(plainRows(read)).toEqual(plainRows(batches));
  });

  it('reads no further than the batch that is asked for, and ends the bytes when the reader leaves', async () => {
    const source = countedSource(cut(await bytesOf(), 64));
    const { schema, batches: read } = await openIpcStream(source);
    expect(schema.fields).toHaveLength(3);
    const afterSchema = source.pulled;
    await read.next();
    expect(source.pulled).toBeGreaterThan(afterSchema);
    expect(source.pulled).toBeLessThan(cut(await bytesOf(), 64).length / 2 + 8);
    await read.return();
    expect(source.closed).toBe(1);
  });

  it('notices a stream that is cut off, and bytes that are none', async () => {
    const bytes = await bytesOf();
    await expect(collect(decodeIpc(countedSource([bytes.slice(0, -8)])))).rejects.toMatchObject({
      code: 'badData',
      message: 'the Arrow stream: the Arrow stream is cut off: it stops without its end marker',
    });
    await expect(collect(decodeIpc(countedSource([new TextEncoder().encode('no Arrow, text')])))).rejects.toMatchObject(
      {
        code: 'badData',
      },
    );
  });
});
