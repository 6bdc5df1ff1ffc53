import { makeData, RecordBatch, Uint8 } from 'apache-arrow';
import { concatMap, map, range } from 'rxjs';
import { definition } from './definition.mjs';

const filled = (number, length) =>
  new RecordBatch({ number: makeData({ type: new Uint8(), data: new Uint8Array(length).fill(number) }) });

/** Gives twelve batches of 8 MiB for each that comes. */
export default definition(
  'large',
  () => concatMap(() => range(0, 12).pipe(map((number) => filled(number, 2 ** 23)))),
  () => filled(0, 0).schema,
);
