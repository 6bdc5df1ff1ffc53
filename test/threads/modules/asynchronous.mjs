import { delay } from 'rxjs';
import { definition } from './definition.mjs';

/** Emits later. */
export default definition('asynchronous', () => delay(0));
