import { mnistCloud, PAPER, spreadImages } from './mnist.mjs';
import { randomMolecules, SYMBOLS } from './molecules.mjs';

/** Standard deviation of the noise on the coordinates of MNIST, pixels. */
export const NOISE = 0.5;
const MOLECULE_SEED = 1;
const MOLECULES = { rCut: 5, nMax: 8, lMax: 6, sigma: 0.5 };

/**
 * @typedef {object} Cloud every point is a centre
 * @property {Float64Array} points N×3
 * @property {ArrayLike<number>} [species] of each point
 *
 * @typedef {object} Case what a kernel is measured on
 * @property {string} name
 * @property {import('#dist/soap/index.js').SoapOptions} options without kernel and arithmetic
 * @property {boolean} isMnist
 * @property {string[]} symbols of the species, for DScribe
 * @property {Cloud[]} clouds
 */

/**
 * MNIST with the paper's options, as it is and with noise, and molecules with options usual for them, with and without species.
 *
 * @param {number} count of images, and of molecules
 * @returns {Case[]}
 */
export function benchmarkCases(count) {
  const indices = spreadImages(count);
  const molecules = randomMolecules(count, MOLECULE_SEED);
  const ofMnist = { isMnist: true, options: PAPER, symbols: ['H'] };
  return [
    { name: 'MNIST', ...ofMnist, clouds: indices.map((i) => ({ points: mnistCloud(i) })) },
    {
      name: `MNIST with noise ${NOISE}`,
      ...ofMnist,
      clouds: indices.map((i) => ({ points: mnistCloud(i, NOISE) })),
    },
    {
      name: `molecules, ${SYMBOLS.join(' ')}`,
      isMnist: false,
      options: { ...MOLECULES, nSpecies: SYMBOLS.length },
      symbols: SYMBOLS,
      clouds: molecules,
    },
    {
      name: 'molecules, one species',
      isMnist: false,
      options: MOLECULES,
      symbols: ['C'],
      clouds: molecules.map(({ points }) => ({ points })),
    },
  ];
}

/** @param {readonly Cloud[]} clouds @returns {number} */
export function centreCount(clouds) {
  return clouds.reduce((sum, { points }) => sum + points.length / 3, 0);
}
