import type { RecordBatch, Schema } from 'apache-arrow';
import { concat, defer, ignoreElements, type OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import { PipelineError } from '../errors.js';
import { batchOperator } from './batchOperator.js';
import type { BatchOperator, Fit, Fitted, FittedDefinition, StepContext } from './definition.js';

/** A fit under way: batches pass through the operator unchanged, and the model is there after the last. */
export interface Fitting<Artifact, Model> {
  readonly operator: BatchOperator;
  /** @throws PipelineError `badData` if no row has passed */
  finish(): Promise<Fitted<Artifact, Model>>;
}

/** Starts a fit of one stream. */
export function startFitting<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  options: z.output<F>,
  context: StepContext,
): Fitting<z.output<A>, Model> {
  let rows = 0;
  let started: { input: Schema; fit: Fit<Model> } | undefined;
  return {
    operator: batchOperator(definition.name, definition.fitReads(options), (input) => {
      const { fit } = (started = { input, fit: definition.startFit(input, options, context) });
      return {
        *next(batch) {
          fit.add(batch);
          rows += batch.numRows;
          yield batch;
        },
      };
    }),
    async finish() {
      if (!started || rows === 0) {
        throw new PipelineError('badData', 'expected rows to fit on, the stream is empty', {
          place: { step: definition.name },
        });
      }
      const { input, fit } = started;
      return { artifact: definition.describeArtifact(input, options), model: await fit.finish() };
    },
  };
}

/** The RxJS form of a fit: reads the whole stream, then emits the fitted model. */
export function fitOperator<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  options: z.output<F>,
  context: StepContext,
): OperatorFunction<RecordBatch, Fitted<z.output<A>, Model>> {
  return (source) =>
    defer(() => {
      const fitting = startFitting(definition, options, context);
      return concat(
        source.pipe(fitting.operator, ignoreElements()),
        defer(() => fitting.finish()),
      );
    });
}
