import { from, lastValueFrom, toArray } from 'rxjs';
import { type RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { select } from '#dist/operators/select.js';
import { descriptorBatch, split, withExtraColumns } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const descriptors = descriptorBatch([3, 2, 4]);

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'select',
  create: () => select({ columns: ['soap', 'center'] }),
  input: descriptors,
  reads: {},
  carriesColumns: false,
  badOptions: [
    ['select.columns: expected a list of at least 1 item (strings), got an empty list', () => select({ columns: [] })],
    ['select.columns: expected each column once', () => select({ columns: ['image', 'soap', 'image'] })],
    ['select.columns[1]: expected a string, got 3', () => select({ columns: ['a', 3 as unknown as string] })],
  ],
});

const run = (batches: readonly RecordBatch[], columns: string[]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(select({ columns }), toArray()));

describe('select', () => {
  it('hands on the columns named, in that order, with their values and metadata', async () => {
    const columns = ['soap', 'parts', 'image', 'weight'];
    const input = withExtraColumns(descriptors);
    const output = await run(split(input, 2), columns);
    expect(plainRows(output)).toEqual(
      plainRows([input]).map((row) => Object.fromEntries(columns.map((name) => [name, row[name]]))),
    );
    expect(output[0]!.schema.fields).toEqual(
      columns.map((name) => input.schema.fields.find((field) => field.name === name)),
    );
  });

  it('copies nothing', async () => {
    const [output] = await run([descriptors], ['soap']);
    expect(output!.data.children[0]).toBe(descriptors.data.children[5]);
  });

  it('names all columns that are missing', async () => {
    await expect(run([descriptors], ['image', 'code', 'soup'])).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'select, batch 0: columns: the stream has no code, soup, only image, label, center, position, nCenters, soap',
    });
  });
});
