// Steps as plain data between two Arrow streams of bytes: here from memory to memory, as well from a socket to a response, or in a browser.
//   node examples/segment.mjs
import { vectorFromArray } from 'apache-arrow';
import { decodeIpc, encodeIpc, pointCloudsSchema, recordBatch } from 'soapstream/arrow';
import { runSegment } from 'soapstream/segment';

const steps = [
  { operator: 'soap', options: { rCut: 3, nMax: 3, lMax: 2, sigma: 0.5, average: 'outer' } },
  { operator: 'select', options: { columns: ['image', 'soap'] } },
];

/** Two triangles, the second one turned: as any program would send them. */
async function* clouds() {
  const triangle = [[0, 0, 0], [1, 0, 0], [0, 2, 0]]; // prettier-ignore
  const turned = triangle.map(([x, y, z]) => [-y, x, z]);
  const values = [[0, 1], [3, 3], [triangle, turned]]; // prettier-ignore
  const columns = pointCloudsSchema.fields.map(({ type }, i) => vectorFromArray(values[i], type).data[0]);
  yield recordBatch(pointCloudsSchema, 2, columns);
}

const incoming = encodeIpc(clouds());
const outgoing = encodeIpc(runSegment(steps, decodeIpc(incoming)));

for await (const batch of decodeIpc(outgoing)) {
  const [first, second] = [0, 1].map((row) => Array.from(batch.get(row).soap));
  const difference = Math.max(...first.map((value, i) => Math.abs(value - second[i])));
  console.log(
    `${first.length} components, turned and not turned differ by ${difference < 1e-5 ? 'less than 1e-5' : difference}`,
  );
}
