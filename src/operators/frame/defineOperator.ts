import type { z } from 'zod';
import type { FittedDefinition, StreamDefinition } from './definition.js';

/**
 * An operator of one's own, for a module that pipeline files name by its path: the default export. Only gives it its types.
 *
 * ```js
 * export default defineOperator({
 *   name: 'onlyDigit',
 *   summary: 'Keeps the images of one digit.',
 *   example: '- ./onlyDigit.mjs: { digit: 3 }',
 *   options: z.strictObject({ digit: z.int().min(0).max(9).describe('The digit to keep.') }),
 *   reads: () => [],
 *   outputSchema: (input) => input,
 *   create: ({ digit }) => filterRows((batch, row) => batch.getChild('label').get(row) === digit),
 * });
 * ```
 */
export function defineOperator<Options extends z.ZodObject>(
  definition: StreamDefinition<Options>,
): StreamDefinition<Options>;
export function defineOperator<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
): FittedDefinition<F, P, A, Model>;
export function defineOperator<T>(definition: T): T {
  return definition;
}
