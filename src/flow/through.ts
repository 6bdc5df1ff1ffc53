import { type OperatorFunction, Subject } from 'rxjs';
import { PipelineError } from '../errors.js';
import { breathe } from './breathe.js';

/** Called around every turn of an operator, e.g. to measure it. */
export interface ThroughHooks<In> {
  /** `push` runs the operator on one item, or on the end of the stream. */
  readonly around?: (push: () => void, item: In | undefined) => void;
}

/**
 * The async-iterable form of a synchronous operator: pushes one item in, hands on what comes out, and only then pulls the next.
 * The pull is the backpressure; nothing is ever queued but the output of one item. What the operator emits when it is subscribed to
 * (`startWith`) comes first.
 *
 * Completing early (as `take` does) ends the source. Leaving the loop early unsubscribes.
 *
 * @throws PipelineError `misbehavingOperator` if the operator emits outside its turn (it works asynchronously) or does not
 *   complete when its input does; and whatever the operator or the source throws
 */
export async function* through<In, Out>(
  source: AsyncIterable<In> | Iterable<In>,
  operator: OperatorFunction<In, Out>,
  { around = (push) => push() }: ThroughHooks<In> = {},
): AsyncGenerator<Out, void, undefined> {
  const input = new Subject<In>();
  const output: Out[] = [];
  let ownTurn = true; // the first is to be subscribed to
  let completed = false;
  let failure: { error: unknown } | undefined;

  const emitted = (): Out[] => {
    if (failure) throw failure.error;
    return output.splice(0);
  };
  const turn = (push: () => void, item?: In): Out[] => {
    if (failure) throw failure.error;
    ownTurn = true;
    around(push, item);
    ownTurn = false;
    return emitted();
  };

  const subscription = operator(input).subscribe({
    next: (item) => {
      if (ownTurn) output.push(item);
      else
        failure ??= {
          error: new PipelineError('misbehavingOperator', 'emitted outside its turn: operators must be synchronous'),
        };
    },
    error: (error: unknown) => {
      failure ??= { error };
    },
    complete: () => {
      completed = true;
    },
  });
  ownTurn = false;
  try {
    yield* emitted();
    if (completed) return;
    for await (const item of source) {
      yield* turn(() => input.next(item), item);
      if (completed) return;
      await breathe();
    }
    yield* turn(() => input.complete());
    if (!completed) {
      throw new PipelineError(
        'misbehavingOperator',
        'did not complete when its input did: operators must be synchronous',
      );
    }
  } finally {
    subscription.unsubscribe();
  }
}
