// The same operators in Node's streams and in the Web's: what is not read is not computed.
import { pipeline, Readable } from 'node:stream';
import { openSource, soap, toDuplex, toTransformStream, xyzSource } from 'soapstream';

const source = await openSource(xyzSource, {
  path: new URL('data/molecules.xyz', import.meta.url).pathname,
  batchRows: 2,
});
const molecules = () => source.batches(new AbortController().signal);
const describe = () => soap({ rCut: 4, nMax: 3, lMax: 2, sigma: 0.5, species: ['H', 'C', 'N', 'O'] });

let rows = 0;
const duplex = pipeline(Readable.from(molecules(), { highWaterMark: 1 }), toDuplex(describe()), () => {});
for await (const batch of duplex) rows += batch.numRows;
console.log(`${rows} rows through a Duplex`);

rows = 0;
const clouds = molecules();
const readable = new ReadableStream(
  {
    async pull(controller) {
      const { done, value } = await clouds.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => clouds.return(),
  },
  { highWaterMark: 0 }, // ReadableStream.from and Readable.toWeb read ahead
);
for await (const batch of readable.pipeThrough(toTransformStream(describe()))) rows += batch.numRows;
console.log(`${rows} rows through a TransformStream`);
