import type { RecordBatch, Schema } from 'apache-arrow';
import { concat, concatMap, defer, type Observable } from 'rxjs';
import { type ColumnExpectation, expectColumns, expectNoNulls, expectSameSchema } from '../arrow/expectations.js';
import { atPlace } from '../errors.js';
import type { Pass } from '../flow/pass.js';
import { pullable } from '../flow/pullable.js';
import type { BatchOperator } from './definition.js';

/** What an operator does within one subscription. Both methods may be lazy: nothing is computed before it is asked for. */
export interface BatchTransform {
  next(batch: RecordBatch): Iterable<RecordBatch>;
  complete?(): Iterable<RecordBatch>;
}

/**
 * The frame of every operator: state per subscription, started by the first batch's schema; the columns checked; errors
 * that name the operator and the batch. A stream without batches completes without starting anything.
 *
 * @throws PipelineError `badSchema` if a column is missing, has another type, or the schema changes within the stream;
 *   `badData` on nulls, and for whatever `start` and the transform throw
 */
export function batchOperator(
  name: string,
  reads: readonly ColumnExpectation[],
  start: (input: Schema) => BatchTransform,
): BatchOperator {
  const startPass = (): Pass<RecordBatch, RecordBatch> => {
    let input: Schema | undefined;
    let transform: BatchTransform | undefined;
    let index = -1;
    return {
      *next(batch) {
        index++;
        try {
          if (input) expectSameSchema(input, batch.schema);
          else expectColumns(batch.schema, reads);
          expectNoNulls(batch, reads);
          input ??= batch.schema;
          transform ??= start(input);
          yield* transform.next(batch);
        } catch (error) {
          throw atPlace({ step: name, batch: index }, error);
        }
      },
      *complete() {
        try {
          yield* transform?.complete?.() ?? [];
        } catch (error) {
          throw atPlace({ step: name }, error);
        }
      },
    };
  };
  const operator = (source: Observable<RecordBatch>): Observable<RecordBatch> =>
    defer(() => {
      const pass = startPass();
      return concat(
        source.pipe(concatMap((batch) => pass.next(batch))),
        defer(() => pass.complete()),
      );
    });
  return pullable(operator, startPass);
}
