import type { RecordBatch, Schema } from 'apache-arrow';
import { concat, concatMap, defer, filter, type Observable } from 'rxjs';
import { adoptBatch } from '../../arrow/adoptBatch.js';
import { type ColumnExpectation, expectSameSchema, type Reading, readingOf } from '../../arrow/expectations.js';
import { atPlace } from '../../errors.js';
import { type Pass, REST } from '../../flow/pass.js';
import { pullable } from '../../flow/pullable.js';
import type { BatchOperator } from './definition.js';

/** What an operator does within one subscription. Both methods may be lazy: nothing is computed before it is asked for. */
export interface BatchTransform {
  next(batch: RecordBatch): Iterable<RecordBatch | typeof REST>;
  complete?(): Iterable<RecordBatch | typeof REST>;
  /** See `StreamDefinition.carries`. */
  carried?(): Iterable<RecordBatch>;
}

/**
 * The frame of every operator: state per subscription, started by the first batch's schema; the columns checked, and
 * converted to the types that the operator reads; errors that name the operator and the batch. A stream without batches completes without starting anything.
 *
 * @throws PipelineError `badSchema` if a column is missing, has another type, or the schema changes within the stream;
 *   `badData` on nulls and on values that those types cannot hold, and for whatever `start` and the transform throw
 *
 * @param start gets the schema as it is read, and its transform batches of that schema
 */
export function batchOperator(
  name: string,
  reads: readonly ColumnExpectation[],
  start: (input: Schema) => BatchTransform,
): BatchOperator {
  const startPass = (): Pass<RecordBatch, RecordBatch> => {
    let arriving: Schema | undefined;
    let reading: Reading | undefined;
    let transform: BatchTransform | undefined;
    let index = -1;
    return {
      *next(given) {
        index++;
        try {
          const batch = adoptBatch(given);
          if (arriving) expectSameSchema(arriving, batch.schema);
          reading ??= readingOf(batch.schema, reads, batch);
          const read = reading.read(batch);
          arriving ??= batch.schema;
          transform ??= start(reading.schema);
          yield* transform.next(read);
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
      carried: () => transform?.carried?.() ?? [],
    };
  };
  const operator = (source: Observable<RecordBatch>): Observable<RecordBatch> =>
    defer(() => {
      const pass = startPass();
      return concat(
        source.pipe(concatMap((batch) => pass.next(batch))),
        defer(() => pass.complete()),
      ).pipe(filter((output) => output !== REST));
    });
  return pullable(operator, startPass);
}
