// RxJS cannot make a source wait. A gate can: the source pauses while eight slow calls are under way.
//
//     node examples/backpressure.mjs

import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, map } from 'rxjs';
import { fromPull, Gate, mapAsync } from 'soapstream';

let pulled = 0;
let finished = 0;
let mostInFlight = 0;

function* numbers() {
  while (pulled < 500) yield pulled++;
}

const gate = new Gate();
const slowSquares = fromPull(numbers, { gate }).pipe(
  map((number) => number * number),
  mapAsync(
    async (square) => {
      await sleep(1);
      mostInFlight = Math.max(mostInFlight, pulled - finished++);
      return square;
    },
    { concurrency: 8, gate },
  ),
);

console.log(`last: ${await lastValueFrom(slowSquares)}, at most ${mostInFlight} in flight of ${pulled}`);
