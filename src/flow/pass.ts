/** One pass of an operator over a stream, as lazy sequences: nothing is computed before it is asked for. */
export interface Pass<In, Out> {
  /** What comes before the first item. */
  start?(): Iterable<Out>;
  next(item: In): Iterable<Out>;
  complete(): Iterable<Out>;
  /** Whether it takes no more items, as `take` does from some on. */
  readonly isOver?: boolean;
  /** Items that bring a new pass to where this one is, as long as nothing has left it. Only some can tell. */
  carried?(): Iterable<In>;
  /** Ends the pass, wherever it is. */
  stop?(): void;
}
