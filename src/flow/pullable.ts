import type { OperatorFunction } from 'rxjs';

/** One pass of an operator over a stream, as lazy sequences: nothing is computed before it is asked for. */
export interface Pass<In, Out> {
  next(item: In): Iterable<Out>;
  complete(): Iterable<Out>;
}

const pass = Symbol('pass');

/**
 * Lets an RxJS operator be driven by pulls too. RxJS runs everything that an item sets off at once; by its passes `through` takes
 * the output one by one, so that one batch need not become a hundred in memory.
 */
export function pullable<In, Out>(
  operator: OperatorFunction<In, Out>,
  start: () => Pass<In, Out>,
): OperatorFunction<In, Out> {
  return Object.assign(operator, { [pass]: start });
}

/** A new pass of an operator that can be pulled; undefined for any other. */
export function startPass<In, Out>(operator: OperatorFunction<In, Out>): Pass<In, Out> | undefined {
  return pass in operator ? (operator[pass] as () => Pass<In, Out>)() : undefined;
}
