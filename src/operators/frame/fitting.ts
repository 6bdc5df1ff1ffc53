import type { RecordBatch } from 'apache-arrow';
import { concat, defer, finalize, ignoreElements, type OperatorFunction } from 'rxjs';
import type { z } from 'zod';
import { atPlace, PipelineError } from '../../errors.js';
import { REST } from '../../flow/pass.js';
import { batchOperator } from './batchOperator.js';
import type { BatchOperator, Fit, Fitted, FittedDefinition, StepContext } from './definition.js';

/** A fit under way: batches pass through the operator unchanged, and the model is there after the last. */
export interface Fitting<Artifact, Model> {
  readonly operator: BatchOperator;
  /** @throws PipelineError `badData` if no row has passed or the rows cannot be fitted; what the signal was aborted with */
  finish(): Promise<Fitted<Artifact, Model>>;
}

/** Starts a fit of one stream. */
export function startFitting<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  options: z.output<F>,
  context: StepContext,
): Fitting<z.output<A>, Model> {
  let rows = 0;
  let started: { artifact: z.output<A>; fit: Fit<Model> } | undefined;
  return {
    operator: batchOperator(definition.name, definition.fitReads(options), (input) => {
      const artifact = definition.describeArtifact(input, options);
      const { fit } = (started = { artifact, fit: definition.startFit(input, options, context) });
      return {
        *next(batch) {
          for (const _ of fit.add(batch) ?? []) yield REST;
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
      try {
        return { artifact: started.artifact, model: await started.fit.finish() };
      } catch (error) {
        context.signal.throwIfAborted();
        throw atPlace({ step: definition.name }, error);
      }
    },
  };
}

/** The RxJS form of a fit: reads the whole stream, then emits the fitted model. Unsubscribing stops the fit. */
export function fitOperator<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  options: z.output<F>,
  context: StepContext,
): OperatorFunction<RecordBatch, Fitted<z.output<A>, Model>> {
  return (source) =>
    defer(() => {
      const left = new AbortController();
      const signal = AbortSignal.any([context.signal, left.signal]);
      const fitting = startFitting(definition, options, { ...context, signal });
      return concat(
        source.pipe(fitting.operator, ignoreElements()),
        defer(() => fitting.finish()),
      ).pipe(finalize(() => left.abort(new PipelineError('interrupted', 'nobody waits for the fit any more'))));
    });
}
