import { mergeMap } from 'rxjs';
import { definition } from './definition.mjs';

/** Emits what arrives, and the same without its last column. */
export default definition('changingSchema', () => mergeMap((batch) => [batch, batch.selectAt([0])]));
