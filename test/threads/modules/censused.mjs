import { threadId } from 'node:worker_threads';
import { Int32, makeData, RecordBatch } from 'apache-arrow';
import { defer, map } from 'rxjs';
import { definition } from './definition.mjs';

let created = 0;
let subscribed = 0;

/** Gives the thread that it runs on, and how often the operator has been created and subscribed to there. */
export default definition('censused', () => {
  created++;
  return (source) =>
    defer(() => {
      subscribed++;
      return source.pipe(
        map(
          () =>
            new RecordBatch(
              Object.fromEntries(
                Object.entries({ threadId, created, subscribed }).map(([name, value]) => [
                  name,
                  makeData({ type: new Int32(), data: Int32Array.of(value) }),
                ]),
              ),
            ),
        ),
      );
    });
});
