import { type Data, DataType, Vector } from 'apache-arrow';
import { z } from 'zod';
import { column, flatValues } from '../arrow/columns.js';
import { isText } from '../arrow/kinds.js';
import type { ColumnExpectation } from '../arrow/expectations.js';
import { flatDictionary, gather } from '../arrow/gather.js';
import { parseOptions } from '../config/parseOptions.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';

const filterOptions = z
  .strictObject({
    column: z
      .string()
      .min(1)
      .describe('The column that decides: of integers, or of texts for `values`; dictionaries of them too.'),
    values: z
      .array(z.union([z.int(), z.string()]))
      .min(1)
      .refine(
        (values) => new Set(values.map((value) => typeof value)).size <= 1,
        'expected integers or texts, got both',
      )
      .optional()
      .describe('Rows with one of these go on.'),
    from: z.int().optional().describe('Rows with at least this go on.'),
    to: z.int().optional().describe('Rows with less than this go on.'),
  })
  .superRefine(({ values, from, to }, context) => {
    if (context.issues.length > 0) return; // what is wrong by itself would be told twice
    const blame = (path: string[], message: string): void => context.addIssue({ code: 'custom', message, path });
    if (values && (from ?? to) !== undefined) blame(['values'], 'has no meaning with from or to');
    if (!values && (from ?? to) === undefined) blame([], 'expected values, or from or to');
    if (from !== undefined && to !== undefined && to <= from)
      blame(['to'], `expected an integer > from = ${from}, got ${to}`);
  });
type Options = z.output<typeof filterOptions>;

/** The options of `filter`, as docs/operators.md explains them. */
export type FilterOptions = z.input<typeof filterOptions>;

export const filterStep: StreamDefinition<typeof filterOptions> = {
  name: 'filter',
  summary: 'Hands on the rows whose value in one column is among some, or from one number up to another.',
  description: `\`values\`, or \`from\` (inclusive) and \`to\` (exclusive), one of them or both. All columns stay as they are, types too.

Memory: one batch.`,
  example: '- filter: { column: image, from: 0, to: 1000 }      # or { column: label, values: [3, 8] }',
  options: filterOptions,
  independent: true,
  keepsNothing: true,
  reads: (options) => [decisive(options)],
  outputSchema: (input) => input,
  create: (options) =>
    batchOperator('filter', filterStep.reads(options), () => ({
      *next(batch) {
        const goesOn = predicate(column(batch, options.column), options);
        const rows = new Uint32Array(batch.numRows);
        let length = 0;
        for (let row = 0; row < batch.numRows; row++) if (goesOn(row)) rows[length++] = row;
        if (length === batch.numRows) yield batch;
        else if (length > 0) yield gather([batch], { sources: new Uint8Array(length), rows, length });
      },
    })),
};

/**
 * Hands on the rows whose value in one column is among `values`, or from `from` up to below `to`.
 *
 * Reads:  the column, of integers or (for values that are texts) of texts of any kind; without nulls
 * Memory: one batch.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 */
export function filter(options: FilterOptions): BatchOperator {
  return filterStep.create(parseOptions('filter', filterOptions, options), detachedContext());
}

function decisive({ column: name, values }: Options): ColumnExpectation {
  return typeof values?.[0] === 'string'
    ? { name, type: 'utf8', accepts: (type) => isText(meaningOf(type)) }
    : { name, type: 'integer', accepts: (type) => DataType.isInt(meaningOf(type)) };
}

/** The type of the values that a column of that type stands for. */
function meaningOf(type: DataType): DataType {
  return DataType.isDictionary(type) ? type.dictionary : type;
}

/** Whether a row of this column goes on. */
function predicate(data: Data, options: Options): (row: number) => boolean {
  if (data.dictionary) {
    const entries = flatDictionary(data.dictionary);
    const entryGoesOn = predicate(entries, options);
    const goesOn = Array.from({ length: entries.length }, (_, entry) => entryGoesOn(entry));
    return (row) => goesOn[Number(data.values[row])]!;
  }
  const { values, from = -Infinity, to = Infinity } = options;
  if (typeof values?.[0] === 'string') {
    const texts = new Vector([data]);
    const wanted = new Set<unknown>(values);
    return (row) => wanted.has(texts.get(row));
  }
  const numbers = flatValues(data);
  if (!values) return (row) => numbers[row]! >= from && numbers[row]! < to;
  const isWide = numbers instanceof BigInt64Array || numbers instanceof BigUint64Array;
  const wanted = new Set<unknown>(isWide ? values.map(BigInt) : values);
  return (row) => wanted.has(numbers[row]);
}
