import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrowSink } from '#dist/io/arrowSink.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import { inspectFile } from '#dist/io/inspect.js';
import { openSource } from '#dist/io/open.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { arrowRows, foreignFile, plainRows } from './foreignFiles.js';
import { collect, temporaryContext, unaborted } from './samples.js';

/** What pyarrow has in types.arrow, of the first two rows; the third is null throughout, apart from unions. */
const types = {
  decimal: ['12345678901234567890.12', '-0.01'],
  wide: ['123456789012345678901234567890123456789012345.12', '-0.01'],
  micro: ['2023-11-14T22:13:20.123456', '1969-12-31T23:59:59.999999'],
  nano: ['2023-11-14T22:13:20.123456789Z', '1969-12-31T23:59:59.999999999Z'],
  day: ['2022-01-08', '1969-12-31'],
  milliday: ['2022-01-08', '1969-12-31'],
  clock: ['01:01:01.000000001', '00:00:00.000000000'],
  span: ['4611686018427387905', -1],
  bytes: [[0, 255], []],
  fixed: [
    [97, 98],
    [99, 100],
  ],
  map: [{ a: 1, b: 2 }, {}],
  long: ['4611686018427387905', -1],
  half: [1.5, -0.25],
  struct: [
    { a: 1, b: [1, 2] },
    { a: null, b: null },
  ],
  yes: [true, false],
  none: [null, null],
  largeText: ['a', ''],
  largeList: [['a'], []],
  word: ['x', 'y'],
};
const onlyArrow = {
  interval: [
    { months: 1, days: 2, nanoseconds: 3 },
    { months: -1, days: 0, nanoseconds: 2 ** 40 },
  ],
  sparse: [1, 'b'],
  dense: [1, 'a'],
  view: ['a', 'a text of more than twelve bytes'],
};
const rowsOf = (columns: Record<string, readonly unknown[]>, third: Record<string, unknown> = {}): unknown[] =>
  [0, 1, 2].map((row) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, row < 2 ? values[row] : (third[name] ?? null)]),
    ),
  );
const unions = { sparse: 3, dense: 2 };

describe('the arrow source', () => {
  it.each(['types.arrow', 'typesLz4.arrow', 'typesZstd.arrow'])('reads every type of %s exactly', async (name) => {
    expect(await arrowRows(foreignFile(name))).toEqual(rowsOf({ ...types, ...onlyArrow }, unions));
  });

  it('reads big-endian numbers', async () => {
    expect(await arrowRows(foreignFile('bigEndian.arrows'))).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  });

  const changing = [
    { word: 'b', list: ['b', 'a'] },
    { word: 'a', list: [] },
    { word: 'c', list: ['c', 'a'] },
    { word: 'a', list: [] },
    { word: 'z', list: ['z', 'z'] },
    { word: 'z', list: [] },
  ];

  it('gives each batch the dictionary of its place in the stream', async () => {
    expect(await arrowRows(foreignFile('dictionaries.arrows'))).toEqual(changing);
  });

  it.each(['file', 'stream'] as const)(
    'finds changing dictionaries again in a %s that the sink wrote',
    async (format) => {
      const context = await temporaryContext();
      const source = await arrowSource.open({ path: foreignFile('dictionaries.arrows') }, context);
      const batches = await collect(source.batches(unaborted()));
      const sink = await arrowSink.open({ path: 'copy', format }, context, source.schema);
      for (const batch of batches) await sink.write(batch);
      await sink.close();
      expect(await arrowRows(join(context.directory, 'copy'))).toEqual(changing);
      expect(plainRows(batches)).toEqual(changing);
    },
  );

  it('takes files of a directory as one table, with the keys of folders as columns', async () => {
    const context = await temporaryContext();
    const { directory } = context;
    for (const [folder, name] of [
      ['year=2024/side=a%2Fb', 'one.arrows'],
      ['year=1999/side=__HIVE_DEFAULT_PARTITION__', 'two.FEATHER'],
    ]) {
      await mkdir(join(directory, folder!), { recursive: true });
      await copyFile(foreignFile('bigEndian.arrows'), join(directory, folder!, name!));
    }
    await writeFile(join(directory, '_SUCCESS'), '');
    const source = await arrowSource.open({ path: directory }, context);
    expect(String(source.schema)).toBe('Schema<{ 0: x: Int32, 1: year: Int32, 2: side: Utf8 }>');
    const rows = plainRows(await collect(source.batches(unaborted())));
    expect(source.total).toBe(6);
    expect(rows.slice(2, 4)).toEqual([
      { x: 3, year: 1999, side: null },
      { x: 1, year: 2024, side: 'a/b' },
    ]);
  });
});

describe('the parquet source', () => {
  it('reads every type exactly', async () => {
    const source = await openSource(parquetSource, { path: foreignFile('types.parquet') });
    expect(plainRows(await collect(source.batches(unaborted())))).toEqual(rowsOf(types));
  });

  it('reads the columns that are asked for, those of folders among them', async () => {
    const { directory } = await temporaryContext();
    for (const part of [1, 30_000_000_000]) {
      await mkdir(join(directory, `part=${part}`));
      await copyFile(foreignFile('types.parquet'), join(directory, `part=${part}`, 'a.PARQUET'));
    }
    const rows = async (columns: string[]): Promise<unknown[]> => {
      const source = await openSource(parquetSource, { path: `${directory}/part=*/*`, columns });
      return plainRows(await collect(source.batches(unaborted())));
    };
    expect((await rows(['part', 'yes'])).slice(2, 4)).toEqual([
      { yes: null, part: 1 },
      { yes: true, part: 30_000_000_000 },
    ]);
    expect(await rows(['part'])).toEqual([1, 1, 1, 3e10, 3e10, 3e10].map((part) => ({ part })));
  });

  it('refuses a file whose footer tells other rows than its row groups', async () => {
    const path = foreignFile('footerRows.parquet');
    await expect(openSource(parquetSource, { path })).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: its footer tells 0 rows, its row groups 6: the file is damaged`,
    });
  });

  it.each([
    ['it is encrypted', () => Buffer.from('PARE\0\0\0\0PARE', 'latin1')],
    ['its columns are encrypted', () => Buffer.from('PAR1\x15\x02\x7c\0\0\x05\0\0\0PAR1', 'latin1')],
    ['it is compressed by xz', () => Buffer.from('\xfd7zXZ\0 and so on', 'latin1')],
    ['it is an Arrow file', () => readFile(foreignFile('types.arrow'))],
  ])('tells why %s is not read', async (reason, content) => {
    const { directory } = await temporaryContext();
    const path = join(directory, 'a.parquet');
    await writeFile(path, await content());
    await expect(openSource(parquetSource, { path })).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: not readable as Parquet: ${reason}`,
    });
  });

  it('reads times that are stored as int96, and refuses one that 64 bits cannot hold', async () => {
    const read = async (name: string, columns?: string[]): Promise<unknown[]> => {
      const source = await openSource(parquetSource, { path: foreignFile(name), columns });
      return plainRows(await collect(source.batches(unaborted())));
    };
    expect(await read('int96.parquet')).toEqual([
      {
        id: 1,
        plain: '2024-02-29T12:30:01.000005000',
        nested: [{ at: '2024-02-29T12:30:01.000005000', n: '4611686018427387904' }],
      },
      { id: 2, plain: null, nested: [] },
      { id: 3, plain: '1677-09-22T00:00:00.000000000', nested: null },
    ]);
    await expect(read('int96Beyond.parquet')).rejects.toMatchObject({
      code: 'badData',
      message: `${foreignFile('int96Beyond.parquet')}: column nested, row 2: expected a time between the years 1677 and 2262, found one in the year 9999; \`columns\` can leave the column out`,
    });
    expect(await read('int96Beyond.parquet', ['id', 'plain'])).toHaveLength(3);
  });

  it('names a file whose int96 times are damaged', async () => {
    const path = join((await temporaryContext()).directory, 'damaged.parquet');
    const bytes = await readFile(foreignFile('int96.parquet'));
    await writeFile(path, bytes.fill(0xff, 230, 232));
    const source = await openSource(parquetSource, { path });
    await expect(collect(source.batches(unaborted()))).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(`^${path}: column nested: its int96 times cannot be checked: `) as string,
    });
  });

  it('lets few bytes become many up to a limit that can be raised', async () => {
    const path = foreignFile('longTexts.parquet');
    expect((await inspectFile(path, { headRows: 2 })).head[1]!.x).toHaveLength(2 ** 20);
    const read = async (): Promise<number> => {
      const source = await openSource(parquetSource, { path });
      let rows = 0;
      for await (const batch of source.batches(unaborted())) {
        expect(batch.numRows).toBeLessThanOrEqual(64);
        rows += batch.numRows;
        if (rows > 30) break;
      }
      return rows;
    };
    process.env.SOAPSTREAM_MAX_EXPANSION = '16';
    onTestFinished(() => void delete process.env.SOAPSTREAM_MAX_EXPANSION);
    await expect(read()).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(
        `^${path}: row group 0: expected \\d+ bytes to become 16777216 at most, got \\d+ or more; if the file is meant so, raise SOAPSTREAM_MAX_EXPANSION above 16$`,
      ) as string,
    });
    process.env.SOAPSTREAM_MAX_EXPANSION = '64';
    expect(await read()).toBeGreaterThan(30);
  });
});

describe('equal names', () => {
  it('are refused by a source and told apart by inspectFile', async () => {
    const path = foreignFile('equalNames.parquet');
    await expect(openSource(parquetSource, { path })).rejects.toMatchObject({
      code: 'badSchema',
      message: `column x: expected one of that name, ${path} has 2`,
    });
    expect((await inspectFile(path)).head).toEqual([
      { x: 1, 'x (2)': 3 },
      { x: 2, 'x (2)': 4 },
    ]);
  });
});
