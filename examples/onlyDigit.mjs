// An operator of one's own. Pipeline files name it by its path:   - ./onlyDigit.mjs: { digit: 3 }

import { batchOperator, column, defineOperator, exactly, flatValues, gather, labelField, z } from 'soapstream';

const options = z.strictObject({
  digit: z.int().min(0).max(9).describe('The digit whose images go on.'),
});

export default defineOperator({
  name: 'onlyDigit',
  summary: 'Keeps the images of one digit.',
  example: '- ./onlyDigit.mjs: { digit: 3 }',
  options,
  reads: () => [exactly(labelField)],
  outputSchema: (input) => input,
  create: ({ digit }) =>
    batchOperator('onlyDigit', [exactly(labelField)], () => ({
      *next(batch) {
        const labels = flatValues(column(batch, 'label'));
        const rows = [...labels.keys()].filter((row) => labels[row] === digit);
        yield gather([batch], { sources: new Uint8Array(rows.length), rows, length: rows.length });
      },
    })),
});
