import { Field, Int32, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import { concat, from, lastValueFrom, type OperatorFunction, Subject, take, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column as columnNamed, recordBatch } from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import type { PipelineError } from '#dist/errors.js';
import { through } from '#dist/flow/through.js';
import type { ArtifactFiles, BatchOperator, Fitted } from '#dist/operators/frame/definition.js';
import {
  columnOf,
  extraColumnsOf,
  split,
  withColumn,
  withExtraColumns,
  withNulls,
  withoutColumn,
  withoutColumns,
} from './batches.js';
import { plainRows } from './plainRows.js';
import { siblingsOf } from './siblings.js';

interface CommonCase {
  /** As messages call it. */
  readonly name: string;
  /** A stream as one batch of at least six rows, of which the first makes an output. */
  readonly input: RecordBatch;
  /** The columns that must be there, and their types as messages name them. */
  readonly reads: Readonly<Record<string, string>>;
  /** Calls with bad options, and what they say. */
  readonly badOptions: readonly (readonly [message: string, call: () => unknown])[];
}

export interface OperatorCase extends CommonCase {
  readonly create: () => BatchOperator;
  /** Whether everything leaves after the last row has arrived. */
  readonly emitsAtEnd?: boolean;
  /** Whether an output row belongs to one image, whose other columns it keeps; true unless told. */
  readonly carriesColumns?: boolean;
  /** Whether its batches are independent, as its definition says. */
  readonly independent?: boolean;
  /** Whether it keeps no view of a batch, as its definition says. */
  readonly keepsNothing?: boolean;
}

export interface FitCase<Artifact, Model> extends CommonCase {
  readonly create: () => OperatorFunction<RecordBatch, Fitted<Artifact, Model>>;
  readonly save: (model: Model) => Promise<ArtifactFiles>;
}

/** What is true of every operator on a stream of batches. */
export function operatorContract(subject: OperatorCase): void {
  const { name, input, create, emitsAtEnd = false, carriesColumns = true } = subject;
  const { independent = false, keepsNothing = false } = subject;
  const run = (batches: readonly RecordBatch[]): Promise<RecordBatch[]> => collect(batches, create());

  describe(`${name}, as every operator,`, () => {
    it('completes on an empty source', async () => {
      expect(await run([])).toEqual([]);
    });

    it('gives no rows for batches without rows, wherever they are', async () => {
      const empty = input.slice(0, 0);
      const own = emptyBatch(input.schema);
      const parts = split(input, 2);
      expect(plainRows(await run([withoutColumns(input.schema)]))).toEqual([]);
      expect(plainRows(await run([empty, own, ...decodeBatches(encodeBatches([empty]))]))).toEqual([]);
      expect(plainRows(await run([own, ...parts.flatMap((part) => [part, empty])]))).toEqual(
        plainRows(await run(parts)),
      );
    });

    if (independent)
      it('gives the same rows for each batch by itself', async () => {
        const parts = split(input, 2);
        const alone = await Promise.all(parts.map((part) => collect([part], create())));
        expect(plainRows(alone.flat())).toEqual(plainRows(await run(parts)));
      });

    if (keepsNothing)
      it('reads no batch again once its output of it has been taken', async () => {
        const parts = split(input, 2);
        const bytes = parts.map((part) => encodeBatches([part]));
        const batches = bytes.map((each) => decodeBatches(each)[0]!);
        const rows: unknown[] = [];
        const after = (batch: RecordBatch): void => void bytes[batches.indexOf(batch)]!.fill(0xff);
        for await (const output of through(batches, create(), { after })) rows.push(...plainRows([output]));
        expect(rows).toEqual(plainRows(await run(parts)));
      });

    it('stops its source when nobody listens any more', () => {
      const source = countedSource(split(input, 1));
      const seen: RecordBatch[] = [];
      from(source.batches)
        .pipe(create(), take(1))
        .subscribe((batch) => seen.push(batch));
      expect(seen).toHaveLength(1);
      expect(source.isOpen()).toBe(false);
      if (emitsAtEnd) expect(source.pulled()).toBe(input.numRows);
      else expect(source.pulled()).toBeLessThan(input.numRows);
    });

    it('gives batches of one schema', async () => {
      const schemas = (await run(split(input, 1, 2))).map(({ schema }) =>
        schema.fields.map((field) => ({ field: String(field), nullable: field.nullable, metadata: field.metadata })),
      );
      for (const schema of schemas) expect(schema).toEqual(schemas[0]);
    });

    if (carriesColumns) {
      it('carries other columns along', async () => {
        const rows = plainRows(await run(split(withExtraColumns(input), 2, 1)));
        expect(rows.length).toBeGreaterThan(0);
        for (const row of rows) expect(row).toMatchObject(extraColumnsOf(row.image as number));
      });
    }

    commonContract(subject, create, (batches) => Promise.resolve(plainRows(batches)));
  });
}

/** What is true of every fit on a whole stream. */
export function fitContract<Artifact, Model>(subject: FitCase<Artifact, Model>): void {
  const { name, input, create, save } = subject;

  describe(`the fit of ${name}, as every fit,`, () => {
    it('rejects a stream without rows', async () => {
      const message = `${name}: expected rows to fit on, the stream is empty`;
      for (const batches of [[], [input.slice(0, 0)]]) {
        await expect(collect(batches, create())).rejects.toMatchObject({ code: 'badData', message });
      }
    });

    it('emits one model', async () => {
      expect(await collect(split(input, 2), create())).toHaveLength(1);
    });

    it('ignores batches without rows', async () => {
      const parts = split(input, 2);
      const expected = await collect(parts, create()).then(contents);
      const gaps = [emptyBatch(input.schema), ...parts.flatMap((part) => [part, input.slice(0, 0)])];
      expect(await collect(gaps, create()).then(contents)).toEqual(expected);
    });

    commonContract(subject, create, contents);
  });

  async function contents(fitted: readonly Fitted<Artifact, Model>[]): Promise<unknown> {
    return Promise.all(fitted.map(async ({ artifact, model }) => ({ artifact, files: await save(model) })));
  }
}

function commonContract<Out>(
  { name, input, reads, badOptions }: CommonCase,
  create: () => OperatorFunction<RecordBatch, Out>,
  contents: (output: readonly Out[]) => Promise<unknown>,
): void {
  const run = async (batches: readonly RecordBatch[], operator = create()): Promise<unknown> =>
    contents(await collect(batches, operator));
  const expectRejection = (batches: readonly RecordBatch[], error: Partial<PipelineError>): Promise<void> =>
    expect(collect(batches, create())).rejects.toMatchObject(error);

  it('gives the same however the stream is split in batches', async () => {
    const expected = await run([input]);
    for (const lengths of [[1], [3], [2, 1, 5], [input.numRows - 1, 1]]) {
      const parts = split(input, ...lengths);
      expect(await run(parts), `lengths ${lengths.join()}`).toEqual(expected);
      const copied = parts.flatMap((part) => decodeBatches(encodeBatches([part])));
      expect(await run(copied), `lengths ${lengths.join()}, out of Arrow IPC`).toEqual(expected);
    }
  });

  it('gives the same bytes again', async () => {
    expect(await run(split(input, 2, 3))).toStrictEqual(await run(split(input, 2, 3)));
  });

  it('passes on errors from upstream', async () => {
    const error = new Error('the disk is gone');
    const source = concat(
      from(split(input, 2).slice(0, 2)),
      throwError(() => error),
    );
    await expect(lastValueFrom(source.pipe(create(), toArray()))).rejects.toBe(error);
  });

  it('keeps subscriptions apart', async () => {
    const operator = create();
    const expected = await run(split(input, 2));
    const subject = new Subject<RecordBatch>();
    const both = [1, 2].map(() => lastValueFrom(subject.pipe(operator, toArray())));
    for (const batch of split(input, 2)) subject.next(batch);
    subject.complete();
    for (const output of await Promise.all(both)) expect(await contents(output)).toEqual(expected);
    expect(await run(split(input, 2), operator)).toEqual(expected);
  });

  it('leaves its input unchanged', async () => {
    const before = encodeBatches([input]);
    await run(split(input, 2));
    expect(encodeBatches([input])).toEqual(before);
  });

  for (const [column, type] of Object.entries(reads)) {
    it(`names ${column} where it is missing or of another type`, async () => {
      const rest = input.schema.fields.map((field) => field.name).filter((other) => other !== column);
      await expectRejection([withoutColumn(input, column)], {
        code: 'badSchema',
        message: `${name}, batch 0: column ${column}: expected ${type}, but the stream has only ${rest.join(', ') || 'no columns'}`,
        place: { step: name, batch: 0 },
      });
      const wrong = type === 'utf8' ? new Int32() : new Utf8();
      const data = columnOf(
        wrong,
        Array.from({ length: input.numRows }, (_, row) => (type === 'utf8' ? row : `${row}`)),
      );
      await expectRejection([withColumn(input, new Field(column, wrong, false), data)], {
        code: 'badSchema',
        message: `${name}, batch 0: column ${column}: expected ${type}, found ${type === 'utf8' ? 'int32' : 'utf8'}${
          column === 'label' ? ': texts are not classes, which have numbers from 0 on' : ''
        }`,
      });
    });

    it(`takes ${column} in whatever type it has the same values`, async () => {
      const expected = numbersAlike(await run(split(input, 2)));
      for (const [sibling, batch] of siblingsOf(input, column)) {
        expect(numbersAlike(await run(split(batch, 2))), sibling).toEqual(expected);
        expect(numbersAlike(await run(decodeBatches(encodeBatches(split(batch, 3))))), sibling).toEqual(expected);
      }
    });

    it(`refuses a stream with two columns ${column}`, async () => {
      const field = input.schema.fields.find((each) => each.name === column);
      const schema = new Schema([...input.schema.fields, field!]);
      await expectRejection(
        [recordBatch(schema, input.numRows, [...input.data.children, columnNamed(input, column)])],
        {
          code: 'badSchema',
          message: `${name}, batch 0: column ${column}: expected one of that name, the stream has 2`,
        },
      );
    });

    it(`accepts that ${column} is nullable, but no nulls`, async () => {
      expect(await run(split(withNulls(input, column), 2))).toEqual(await run(split(input, 2)));
      await expectRejection(split(withNulls(input, column, 4), 3), {
        code: 'badData',
        message: `${name}, batch 1, row 1: column ${column}: expected ${type}, found null`,
        place: { step: name, batch: 1 },
      });
    });
  }

  it('rejects a stream that changes its schema', async () => {
    const texts = columnOf(new Utf8(), Array<string>(input.numRows).fill(''));
    const names = input.schema.fields.map((field) => field.name).join(', ');
    await expectRejection([input, withColumn(input, new Field('other', new Utf8(), false), texts)], {
      code: 'badSchema',
      message: `${name}, batch 1: the schema changed within the stream: columns: expected ${names}, found ${names}, other`,
    });
  });

  it.each(badOptions)('rejects bad options when called: %s', (message, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'PipelineError', code: 'badOption', message }));
  });
}

function collect<Out>(batches: readonly RecordBatch[], operator: OperatorFunction<RecordBatch, Out>): Promise<Out[]> {
  return lastValueFrom(from(batches).pipe(operator, toArray()));
}

/** A source that tells how much of it has been pulled and whether it has been closed. */
function countedSource(batches: readonly RecordBatch[]): {
  batches: Iterable<RecordBatch>;
  pulled: () => number;
  isOpen: () => boolean;
} {
  let pulled = 0;
  let open = true;
  function* counted(): Generator<RecordBatch> {
    try {
      for (const batch of batches) {
        pulled++;
        yield batch;
      }
    } finally {
      open = false;
    }
  }
  return { batches: counted(), pulled: () => pulled, isOpen: () => open };
}

/** As other writers make it, with none of the buffers. */
function emptyBatch(schema: Schema): RecordBatch {
  const children = schema.fields.map(({ type }) => makeData({ type, length: 0, nullCount: 0 }));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 0, nullCount: 0, children }));
}

/** Filters and selections keep wide integers as they are. */
function numbersAlike(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}
