import type { OperatorFunction } from 'rxjs';
import type { Pass } from './pass.js';
import { PushedPass } from './pushedPass.js';

/** The same for all copies of this module: operators of other modules run in the bundled program. */
const pass = Symbol.for('soapstream.pass');

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

/** A new pass of an operator: lazy, if it can be pulled. */
export function startPass<In, Out>(operator: OperatorFunction<In, Out>): Pass<In, Out> {
  return pass in operator ? (operator[pass] as () => Pass<In, Out>)() : new PushedPass(operator);
}
