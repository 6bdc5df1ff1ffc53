import { Schema } from 'apache-arrow';
import { z } from 'zod';
import { fieldNamed, withColumns } from '../arrow/fields.js';
import { PipelineError } from '../errors.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { parseOptions } from '../config/parseOptions.js';

const selectOptions = z.strictObject({
  columns: z
    .array(z.string())
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each column once')
    .describe('The columns that go on, in this order.'),
});

/** The options of `select`, as docs/operators.md explains them. */
export type SelectOptions = z.input<typeof selectOptions>;

export const selectStep: StreamDefinition<typeof selectOptions> = {
  name: 'select',
  summary: 'Hands on some of the columns, e.g. predictions without the features they were made from.',
  example: '- select: { columns: [image, center, label, predicted] }',
  options: selectOptions,
  independent: true,
  keepsNothing: true,
  reads: () => [],
  outputSchema(input, { columns }) {
    const missing = columns.filter((name) => !input.fields.some((field) => field.name === name));
    if (missing.length > 0) {
      const names = input.fields.map((field) => field.name).join(', ');
      throw new PipelineError('badSchema', `the stream has no ${missing.join(', ')}, only ${names}`, {
        place: { option: 'columns' },
      });
    }
    return new Schema(
      columns.map((name) => fieldNamed(input, name)),
      input.metadata,
    );
  },
  create: (options) =>
    batchOperator('select', [], (input) => {
      const output = selectStep.outputSchema(input, options);
      return {
        *next(batch) {
          yield withColumns(batch, output, {});
        },
      };
    }),
};

/**
 * Hands on some of the columns, in the order given.
 * @throws PipelineError `badOption` when called; `badSchema` on the stream if a column is missing
 */
export function select(options: SelectOptions): BatchOperator {
  return selectStep.create(parseOptions('select', selectOptions, options), detachedContext());
}
