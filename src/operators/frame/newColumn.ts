import { z } from 'zod';
import { describeValue, listChoices } from '../../config/describe.js';

/** An option that names a column which an operator gives, beside others of its output. */
export function newColumn(others: readonly string[]): z.ZodString {
  return z
    .string()
    .min(1)
    .superRefine((name, context) => {
      if (!others.includes(name)) return;
      const message = `expected a name other than ${listChoices(others)}, got ${describeValue(name)}`;
      context.addIssue({ code: 'custom', message });
    });
}
