import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { resumptionOf } from '#dist/pipelines/resumption.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const SOURCE = 'source: { idx: { images: images, labels: labels } }';
const SOAP = 'soap: { rCut: 5, nMax: 2, lMax: 1, sigma: 2 }';
/** An operator of one's own that says it takes long. */
const PASSING = fileURLToPath(new URL('../operators/modules/passing.mjs', import.meta.url));
const SINKS = {
  folder: "{ parquet: { path: '${out}/all' } }",
  file: "{ parquet: { path: '${out}/all.parquet' } }",
  arrow: "{ arrow: { path: '${out}/all.arrow' } }",
  stream: "{ arrow: { path: '-' } }",
};
const ANEW = 'after an interruption it begins anew';
const GOES_ON = 'after an interruption it goes on behind what had been done by';
const flowsInto = (name: string): string =>
  `its rows flow into ${name}, which is written in one piece (a Parquet folder is not)`;

it.each([
  ['rows into a folder', `imageToXyz, ${SOAP}`, [SINKS.folder], `${GOES_ON} soap`],
  ['rows into a file', `imageToXyz, ${SOAP}`, [SINKS.file], `${ANEW}: ${flowsInto('all.parquet')}`],
  ['rows into both', `imageToXyz, ${SOAP}`, [SINKS.folder, SINKS.arrow], `${ANEW}: ${flowsInto('all.arrow')}`],
  ['a sample into a file', `imageToXyz, ${SOAP}, reservoirSample: { size: 9 }`, [SINKS.file], `${GOES_ON} soap`],
  [
    'a fit into a file',
    `imageToXyz, ${SOAP}, robustRescale: { fit: s }`,
    [SINKS.file],
    `${GOES_ON} soap, robustRescale`,
  ],
  [
    'rows behind a fit into a file',
    `imageToXyz, ${SOAP}, robustRescale: { fit: s }, ${PASSING}`,
    [SINKS.file],
    `${GOES_ON} soap, robustRescale, and no further: ${flowsInto('all.parquet')}`,
  ],
  ['cheap steps', 'imageToXyz', [SINKS.folder], `${ANEW}: none of its steps takes long`],
  ['a standard stream', `imageToXyz, ${SOAP}`, [SINKS.stream], `${ANEW}: it reads or writes a standard stream`],
])('%s', async (_, steps, sinks, expected) => {
  const folder = temporaryFolder();
  writeSmallMnist(folder, 1);
  const text = `pipelines: { a: { ${SOURCE}, steps: [decodeMnist, ${steps}], sinks: [${sinks.join(', ')}] } }`;
  const { plan } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
  expect(resumptionOf(plan!.pipelines.get('a')!)).toBe(expected);
});
