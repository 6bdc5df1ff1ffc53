/**
 * This library's SOAP for a process that is not JavaScript: a request in JSON a line on standard input, an answer in JSON a line on
 * standard output. Options are those of the step `soap`, checked as a pipeline file's are; arrays are float64 in base64.
 *
 *     {"op": "configure", options}                                             -> {rCut, featureCount, factors}
 *     {"op": "basis", options}                                                 -> {alpha, beta}
 *     {"op": "rows", options, points, centers, species, cell}                  -> {rows}
 *
 * What is refused is answered with {"error": message}.
 */
import { createInterface } from 'node:readline';
import { parseOptions } from '../../../dist/config/parseOptions.js';
import { PipelineError } from '../../../dist/errors.js';
import { orderedSpecies } from '../../../dist/operators/soap/declaredSpecies.js';
import { kernelOptions, soapStepOptions } from '../../../dist/operators/soap/soapOptions.js';
import { featureCount, gtoBasis, PowerSpectrum } from '../../../dist/soap/index.js';
import { checkSoapOptions } from '../../../dist/soap/options.js';

const OPERATIONS = { configure, basis, rows };

/** The last descriptor, and the options that it was made of. */
let recent = { key: '', spectrum: undefined };

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}

function answer({ op, options, ...request }) {
  try {
    const step = parseOptions('soap', soapStepOptions, options);
    return OPERATIONS[op]({ kernel: kernelOptions(step), names: orderedSpecies(step.species), ...request });
  } catch (error) {
    if (error instanceof RangeError || error instanceof PipelineError) return { error: error.message };
    throw error;
  }
}

function configure({ kernel }) {
  const { rCut } = checkSoapOptions(kernel);
  return { rCut, featureCount: featureCount(kernel), factors: kernel.speciesWeighting };
}

function basis({ kernel }) {
  const { alpha, beta } = gtoBasis(checkSoapOptions(kernel));
  return { alpha: encoded(alpha), beta: encoded(beta) };
}

function rows({ kernel, names, points, centers, species, cell }) {
  const key = JSON.stringify(kernel);
  if (recent.key !== key) recent = { key, spectrum: new PowerSpectrum(kernel) };
  const cloud = { species: indicesOf(species, names), cell };
  return { rows: encoded(recent.spectrum.compute(decoded(points), decoded(centers), cloud)) };
}

function indicesOf(species, names) {
  return species.map((name) => names.indexOf(name));
}

function encoded({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function decoded(text) {
  return new Float64Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}
