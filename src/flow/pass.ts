/**
 * In place of an output: there is more to do, and others may have their turn before. The same for all copies of this module, as operators of
 * other modules run in the bundled program.
 */
export const REST: unique symbol = Symbol.for('soapstream.rest') as never;

/** One pass of an operator over a stream, as lazy sequences: nothing is computed before it is asked for. */
export interface Pass<In, Out> {
  /** What comes before the first item. */
  start?(): Iterable<Out | typeof REST>;
  next(item: In): Iterable<Out | typeof REST>;
  complete(): Iterable<Out | typeof REST>;
  /** Whether it takes no more items, as `take` does from some on. */
  readonly isOver?: boolean;
  /** Items that bring a new pass to where this one is, as long as nothing has left it. Only some can tell. */
  carried?(): Iterable<In>;
  /** Ends the pass, wherever it is. */
  stop?(): void;
}
