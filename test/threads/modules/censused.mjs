import { threadId } from 'node:worker_threads';
import { Int32, makeData, RecordBatch } from 'apache-arrow';
import { defer, map } from 'rxjs';
import { definition } from './definition.mjs';

let created = 0;
let subscribed = 0;

function census() {
  const counts = Object.entries({ threadId, created, subscribed });
  const columns = counts.map(([name, value]) => [name, makeData({ type: new Int32(), data: Int32Array.of(value) })]);
  return new RecordBatch(Object.fromEntries(columns));
}

/** Gives the thread that it runs on, and how often the operator has been created and subscribed to there. */
export default definition(
  'censused',
  () => {
    created++;
    return (source) =>
      defer(() => {
        subscribed++;
        return source.pipe(map(census));
      });
  },
  () => census().schema,
);
