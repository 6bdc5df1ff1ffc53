import { mergeMap, NEVER } from 'rxjs';
import { definition } from './definition.mjs';

/** Throws where nobody can catch it. */
export default definition('throwingLater', () =>
  mergeMap(() => {
    setTimeout(() => {
      throw new Error('out of reach');
    });
    return NEVER;
  }),
);
