import type { OperatorFunction } from 'rxjs';
import { breathe } from './breathe.js';
import { type Pullable, unread } from '../readOnce.js';
import { type Pass, REST } from './pass.js';
import { startPass } from './pullable.js';

/** What a runner does around an operator: it measures, checks, and names the place of failures. */
export interface ThroughHooks<In, Out> {
  /** Gets the pass of the operator before anything is asked of it. */
  readonly started?: (pass: Pass<In, Out>) => void;
  /** Called around every turn: `work` lets the operator make one more output of the item at hand, which is named at its first. */
  readonly around?: (work: () => void, item: In | undefined) => void;
  /** Called with each output. What it returns leaves. */
  readonly emitted?: (output: Out) => Out;
  /** Called with each item when all that the operator made of it has been taken; the next is pulled when it has ended. */
  readonly after?: (item: In) => unknown;
  /** What is thrown in place of an error, of the operator or from further up. */
  readonly failed?: (error: unknown) => unknown;
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
export async function* through<In, Out>(
  source: Pullable<In>,
  operator: OperatorFunction<In, Out>,
  { started, around = (work) => work(), emitted = (output) => output, after, failed }: ThroughHooks<In, Out> = {},
): AsyncGenerator<Out, void, undefined> {
  const pass = startPass(operator);
  let outputs: Iterator<Out | typeof REST> | undefined;
  /** The next output of a sequence; of its first the item is told. */
  const turn = (sequence?: Iterable<Out | typeof REST>, item?: In): IteratorResult<Out | typeof REST> => {
    outputs = sequence ? sequence[Symbol.iterator]() : outputs!;
    let result: IteratorResult<Out | typeof REST> | undefined;
    around(() => {
      result = outputs!.next();
    }, item);
    if (!result!.done) return result!.value === REST ? result! : { value: emitted(result!.value) };
    outputs = undefined;
    return result!;
  };
  try {
    started?.(pass);
    if (pass.start) {
      for (let out = turn(pass.start()); !out.done; out = turn()) if (out.value !== REST) yield out.value;
    }
    if (pass.isOver) return;
    for await (const item of unread(source)) {
      for (let out = turn(pass.next(item), item); !out.done; out = turn()) {
        if (out.value !== REST) yield out.value;
        await breathe();
      }
      if (after) await after(item);
      if (pass.isOver) return;
      await breathe();
    }
    for (let out = turn(pass.complete()); !out.done; out = turn()) {
      if (out.value !== REST) yield out.value;
      await breathe();
    }
  } catch (error) {
    throw failed ? failed(error) : error;
  } finally {
    outputs?.return?.();
    pass.stop?.();
  }
}
