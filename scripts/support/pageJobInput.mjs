/** What `pageJob` is given: point clouds as Arrow bytes, a scaler and a network fitted on their descriptors, and the steps that apply them. */
import { vectorFromArray } from 'apache-arrow';
import { from, lastValueFrom } from 'rxjs';
import { encodeIpc, pointCloudsSchema, recordBatch } from 'soapstream/arrow';
import {
  classifyStep,
  fitClassify,
  fitRobustRescale,
  robustRescale,
  robustRescaleStep,
  soap,
} from 'soapstream/operators';

const options = { rCut: 5, nMax: 2, lMax: 2, sigma: 1 };
const steps = [
  { operator: 'soap', options },
  { operator: 'robustRescale', artifact: 'scaler' },
  { operator: 'classify', artifact: 'model' },
  { operator: 'select', options: { columns: ['image', 'label', 'predicted', 'probabilities'] } },
];

export async function pageJobInput() {
  const batches = [cloudBatch([5, 3, 7, 4]), cloudBatch([6, 2, 8])];
  const rows = from(batches).pipe(soap(options));
  const scaler = await lastValueFrom(rows.pipe(fitRobustRescale()));
  const model = await lastValueFrom(rows.pipe(robustRescale(scaler), fitClassify({ layers: [8], epochs: 2 })));
  return {
    steps,
    options,
    bytes: await bytesOf(batches),
    artifacts: {
      scaler: await stored(robustRescaleStep, scaler),
      model: await stored(classifyStep, model),
    },
  };
}

/** Clouds of so many points; no two are alike. */
function cloudBatch(sizes) {
  const points = sizes.map((size, i) =>
    Array.from({ length: size }, (_, j) => [0, 1, 2].map((axis) => 4 * Math.sin(size + 7 * i + 3 * j * j + axis))),
  );
  const values = [sizes.map((_, i) => i), sizes.map((size) => size % 10), points];
  const columns = pointCloudsSchema.fields.map(({ type }, i) => vectorFromArray(values[i], type).data[0]);
  return recordBatch(pointCloudsSchema, sizes.length, columns);
}

async function bytesOf(batches) {
  const found = [];
  for await (const chunk of encodeIpc(each(batches))) found.push(...chunk);
  return found;
}

async function* each(items) {
  yield* items;
}

async function stored(definition, { artifact, model }) {
  const files = [...(await definition.save(model))].map(([name, bytes]) => [name, [...bytes]]);
  return { description: artifact, files };
}
