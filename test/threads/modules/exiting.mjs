import { map } from 'rxjs';
import { definition } from './definition.mjs';

/** Ends its thread. */
export default definition('exiting', () => map(() => process.exit(3)));
