/**
 * How much of what the processor can do the SOAP kernels do: the peak of multiplication and addition in WebAssembly SIMD on one
 * thread, the work that the formulas ask for (roofline/flops.mjs), and the time that the kernels take.
 *
 *     npm run build && node bench/soapRoofline.mjs [images] [rounds]
 *
 * registers  recurrences in registers alone
 * tile       the kernel's innermost loop: 4 vectors of radial functions times 2 harmonics, read from the first-level cache
 *
 * The peak is the higher of both. Work is counted twice: point by point, and with points at equal distance summed first, as the
 * kernel does; the share of the peak is of the latter, all parts of the kernel included, those without arithmetic too. The
 * results of the kernels are verified first, as bench/soap.mjs does; the exit code is 1 if they are wrong.
 */
import { flopsPerCentre, totalFlops } from './roofline/flops.mjs';
import { measurePeaks, peakOf } from './roofline/peaks.mjs';
import { TILE } from './roofline/source.mjs';
import { benchmarkCases, centreCount } from './support/cases.mjs';
import { reportMissing, secondsFor, spectrumOf, VARIANTS } from './support/kernels.mjs';
import { countArgument, median } from './support/numbers.mjs';
import { digits, printTable } from './support/table.mjs';
import { verifyGolden, verifyVariants } from './support/verify.mjs';

const images = countArgument('images', process.argv[2], 50);
const rounds = countArgument('rounds', process.argv[3], 5);
const variants = VARIANTS.filter(({ kernel }) => kernel !== 'plain');

reportMissing();
if (![verifyGolden(), verifyVariants()].every(Boolean)) process.exitCode = 1;
const peaks = await measurePeaks();
console.log('\nGFlop/s of one thread');
printTable(
  ['', 'registers', `tile ${TILE.vectors}×${TILE.harmonics}`, 'peak'],
  peaks.map(({ arithmetic, isFused, chains, tile, best }) => [
    `${arithmetic}, ${isFused ? 'fused multiply-add' : 'multiply and add'}`,
    ...[chains, tile, best].map((rate) => rate.toFixed(1)),
  ]),
);
for (const benchmark of benchmarkCases(images)) report(benchmark);

/** @param {import('./support/cases.mjs').Case} benchmark */
function report(benchmark) {
  const { name, clouds } = benchmark;
  const centres = centreCount(clouds);
  console.log(`\n${name}: ${clouds.length} clouds, ${centres} centres; thousands of operations a centre, float64`);
  const [pointwise, merged] = [false, true].map((isMerged) => flopsPerCentre(benchmark, 'float64', isMerged));
  const parts = Object.keys(merged);
  const cells = (flops) =>
    [...parts.map((part) => flops[part]), totalFlops(flops)].map((count) => digits(count / 1000));
  printTable(
    ['', ...parts, 'in all'],
    [
      ['point by point', ...cells(pointwise)],
      ['equal distances summed', ...cells(merged)],
    ],
  );
  const seconds = measure(benchmark);
  printTable(
    ['', 'µs/centre', 'GFlop/s', 'of the peak', 'GFlop/s point by point'],
    variants.map((variant) => {
      const time = median(seconds.get(variant)) / centres;
      const rate = (isMerged) => totalFlops(flopsPerCentre(benchmark, variant.arithmetic, isMerged)) / time / 1e9;
      const peak = peakOf(peaks, variant).best;
      return [
        variant.name,
        digits(1e6 * time),
        rate(true).toFixed(1),
        `${((100 * rate(true)) / peak).toFixed(0)} %`,
        rate(false).toFixed(1),
      ];
    }),
  );
}

/**
 * @param {import('./support/cases.mjs').Case} benchmark
 * @returns {Map<import('./support/kernels.mjs').Variant, number[]>} seconds of each round but the first, which warms up
 */
function measure(benchmark) {
  const spectra = variants.map((variant) => spectrumOf(benchmark, variant));
  const seconds = new Map(variants.map((variant) => [variant, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, spectrum] of spectra.entries()) {
      const time = secondsFor(spectrum, benchmark.clouds);
      if (round > 0) seconds.get(variants[i]).push(time);
    }
  }
  return seconds;
}
