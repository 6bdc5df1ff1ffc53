/**
 * A fit of robust rescaling on one thread, beside scikit-learn's RobustScaler, in seconds of CPU: rows of 308 float32 and float64.
 *
 *     npm run build && node bench/robustRescale.mjs [rows] [--rounds 3] [--python interpreter]
 *
 * Without a number of rows 120,000. Medians and ranges agree to rounding; the exit code is 1 if they do not. Work between two turns of others is
 * the longest step of a fit. Without --python scikit-learn is installed from the Python Package Index into an environment that is thrown away.
 */
import { parseArgs } from 'node:util';
import { RobustScalerFit } from '#dist/stats/robustScaler.js';
import { countArgument } from './support/numbers.mjs';
import { chunksOf, makeRows } from './support/rows.mjs';
import { Sklearn } from './support/sklearn.mjs';
import { digits, printTable } from './support/table.mjs';

const COLUMNS = 308;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, python: { type: 'string' } },
});
const rowCount = countArgument('rows', positionals[0], 120_000);
const rounds = countArgument('rounds', values.rounds, 3);
const sklearn = await Sklearn.start(values.python);
try {
  const lines = [];
  for (const FloatArray of [Float32Array, Float64Array]) lines.push(await measure(FloatArray));
  printTable(
    [
      `${rowCount} × ${COLUMNS}`,
      'this library s',
      `scikit-learn ${sklearn.version} s`,
      '× its time',
      'steps',
      'longest step ms',
    ],
    lines,
  );
} finally {
  await sklearn.close();
}

async function measure(FloatArray) {
  const rows = makeRows(rowCount, COLUMNS, FloatArray, 'decaying');
  await sklearn.load(rows, COLUMNS);
  let [own, theirs, longest] = [Infinity, Infinity, Infinity];
  let steps = 0;
  for (let round = 0; round < rounds; round++) {
    const result = fit(rows);
    const peer = await sklearn.robustScaler();
    own = Math.min(own, result.cpu);
    longest = Math.min(longest, result.longest);
    theirs = Math.min(theirs, peer.cpu);
    ({ steps } = result);
    expectSame('center', result.scaler.centers, peer.centers, FloatArray);
    expectSame('scale', result.scaler.scales, peer.scales, FloatArray);
  }
  const name = FloatArray === Float32Array ? 'float32' : 'float64';
  return [name, digits(own), digits(theirs), (own / theirs).toFixed(2), String(steps), digits(longest)];
}

function fit(rows) {
  const scalerFit = new RobustScalerFit(COLUMNS, 2 ** 31);
  let [cpu, longest, steps] = [0, 0, 0];
  let scaler;
  for (const work of [...Array.from(chunksOf(rows, COLUMNS), (chunk) => scalerFit.add(chunk)), scalerFit.finish()]) {
    for (let isDone = false; !isDone; steps++) {
      const begin = process.cpuUsage();
      const { done, value } = work.next();
      const { user, system } = process.cpuUsage(begin);
      cpu += (user + system) / 1e6;
      longest = Math.max(longest, (user + system) / 1e3);
      isDone = done;
      if (done) scaler = value;
    }
  }
  return { scaler, cpu, longest, steps };
}

/** NumPy interpolates float32 columns in float32. */
function expectSame(what, actual, expected, FloatArray) {
  const tolerance = FloatArray === Float32Array ? 2 ** -21 : 2 ** -50;
  const column = actual.findIndex((x, c) => !(Math.abs(x - expected[c]) <= tolerance * (1 + Math.abs(expected[c]))));
  if (column < 0) return;
  console.log(`${what} of column ${column}: expected ${expected[column]}, got ${actual[column]}`);
  process.exitCode = 1;
}
