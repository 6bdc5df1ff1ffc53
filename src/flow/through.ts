import { type OperatorFunction, Subject } from 'rxjs';
import { PipelineError } from '../errors.js';
import { breathe } from './breathe.js';
import { type Pass, startPass } from './pullable.js';
import { type Pullable, unread } from '../readOnce.js';

/** Called around every turn of an operator, e.g. to measure it. */
export interface ThroughHooks<In> {
  /** `push` lets the operator work: on an item, on the end of the stream, or on further output of either (no item). */
  readonly around?: (push: () => void, item: In | undefined) => void;
  /** Called with each item when all that the operator made of it has been taken. */
  readonly after?: (item: In) => void;
}

/**
 * The async-iterable form of a synchronous operator: pushes one item in, hands on what comes out, and only then pulls the next.
 * The pull is the backpressure. Of operators made by `batchOperator` each output is computed when it is pulled; of any other
 * RxJS operator, the output of one item is queued. What the operator emits when it is subscribed to (`startWith`) comes first.
 *
 * Completing early (as `take` does) ends the source. Leaving the loop early unsubscribes.
 *
 * @throws PipelineError `misbehavingOperator` if the operator emits outside its turn (it works asynchronously) or does not
 *   complete when its input does; `badOption` if the source can be read only once, as a generator, and has been begun with; and whatever
 *   the operator or the source throws
 */
export function through<In, Out>(
  source: Pullable<In>,
  operator: OperatorFunction<In, Out>,
  { around = (push) => push(), after = () => {} }: ThroughHooks<In> = {},
): AsyncGenerator<Out, void, undefined> {
  const pass = startPass(operator);
  return pass ? pulled(source, pass, { around, after }) : pushed(source, operator, { around, after });
}

type Hooks<In> = Required<ThroughHooks<In>>;
type Around<In> = Hooks<In>['around'];

async function* pulled<In, Out>(
  source: Pullable<In>,
  pass: Pass<In, Out>,
  { around, after }: Hooks<In>,
): AsyncGenerator<Out, void, undefined> {
  for await (const item of unread(source)) {
    yield* oneByOne(pass.next(item), around, item);
    after(item);
  }
  yield* oneByOne(pass.complete(), around);
}

/** Each output is a turn of its own; the item belongs to the first. */
async function* oneByOne<In, Out>(
  outputs: Iterable<Out>,
  around: Around<In>,
  item?: In,
): AsyncGenerator<Out, void, undefined> {
  const iterator = outputs[Symbol.iterator]();
  let turn: IteratorResult<Out> | undefined;
  try {
    for (let ofTurn = item; ; ofTurn = undefined) {
      around(() => {
        turn = iterator.next();
      }, ofTurn);
      if (turn?.done !== false) return;
      yield turn.value;
      await breathe();
    }
  } finally {
    if (turn?.done === false) iterator.return?.();
  }
}

async function* pushed<In, Out>(
  source: Pullable<In>,
  operator: OperatorFunction<In, Out>,
  { around, after }: Hooks<In>,
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
    for await (const item of unread(source)) {
      yield* turn(() => input.next(item), item);
      after(item);
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
