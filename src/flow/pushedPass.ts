import { type OperatorFunction, Subject, type Subscription } from 'rxjs';
import { PipelineError } from '../errors.js';
import type { Pass } from './pass.js';

/** A pass of any synchronous RxJS operator: an item is pushed in, and what comes out is queued. */
export class PushedPass<In, Out> implements Pass<In, Out> {
  readonly #input = new Subject<In>();
  readonly #subscription: Subscription;
  #output: Out[] = [];
  /** Whether the operator is at work because it was asked to be. */
  #isItsTurn = true; // the first is to be subscribed to
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(operator: OperatorFunction<In, Out>) {
    this.#subscription = operator(this.#input).subscribe({
      next: (item) => {
        if (this.#isItsTurn) this.#output.push(item);
        else this.#failure ??= { error: misbehaviour('emitted outside its turn') };
      },
      error: (error: unknown) => {
        this.#failure ??= { error };
      },
      complete: () => {
        this.#isOver = true;
      },
    });
    this.#isItsTurn = false;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  *start(): Generator<Out> {
    yield* this.#taken();
  }

  *next(item: In): Generator<Out> {
    yield* this.#turn(() => this.#input.next(item));
  }

  *complete(): Generator<Out> {
    yield* this.#turn(() => this.#input.complete());
    if (!this.#isOver) throw misbehaviour('did not complete when its input did');
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  #turn(push: () => void): Out[] {
    if (this.#failure) throw this.#failure.error;
    this.#isItsTurn = true;
    push();
    this.#isItsTurn = false;
    return this.#taken();
  }

  #taken(): Out[] {
    if (this.#failure) throw this.#failure.error;
    const output = this.#output;
    this.#output = [];
    return output;
  }
}

function misbehaviour(what: string): PipelineError {
  return new PipelineError('misbehavingOperator', `${what}: operators must be synchronous`);
}
