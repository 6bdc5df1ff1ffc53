import { SequentialRandom } from '#dist/learning/random.js';

/** By rising atomic number, in which order DScribe sorts its species too. Radii in Å: Cordero et al. 2008, doi:10.1039/b801115j. */
const ELEMENTS = [
  { symbol: 'H', valence: 1, radius: 0.31 },
  { symbol: 'C', valence: 4, radius: 0.76 },
  { symbol: 'N', valence: 3, radius: 0.71 },
  { symbol: 'O', valence: 2, radius: 0.66 },
];
const CARBON = 1;
/** Chances of H, C, N and O, about those of organic molecules. */
const COMPOSITION = [0.5, 0.34, 0.07, 0.09];
/** Atoms that are not bonded are farther apart than a bond by this factor, and farther than 1.3 Å. */
const APART = 1.4;
const CONTACT = 1.3;
/** Of atoms that could be bonded to, the one next to the first atom of so many: molecules curl up rather than form long chains. */
const CHOICE = 3;
/** Directions that are tried for a bond. */
const ATTEMPTS = 50;

export const SYMBOLS = ELEMENTS.map(({ symbol }) => symbol);

/**
 * @typedef {object} Molecule
 * @property {Float64Array} points N×3, Å
 * @property {Uint8Array} species of each point, an index of SYMBOLS
 */

/**
 * Random molecules: trees of single bonds as long as the covalent radii say, valences kept, other atoms apart.
 *
 * @param {number} count
 * @param {number} seed
 * @returns {Molecule[]} of 20 to 200 atoms, all sizes alike
 */
export function randomMolecules(count, seed) {
  return Array.from({ length: count }, (_, i) => {
    const random = new SequentialRandom(seed, i);
    return grow(20 + Math.floor(random.uniform() * 181), random);
  });
}

/**
 * @param {number} size atoms
 * @param {SequentialRandom} random
 * @returns {Molecule}
 */
function grow(size, random) {
  for (;;) {
    const atoms = tree(size, random);
    if (atoms.length < size) continue; // it has closed up
    return {
      points: Float64Array.from(atoms.flatMap(({ position }) => position)),
      species: Uint8Array.from(atoms, ({ element }) => element),
    };
  }
}

/**
 * @typedef {object} Atom
 * @property {number} element
 * @property {number[]} position Å
 * @property {number} free bonds
 *
 * @param {number} size atoms
 * @param {SequentialRandom} random
 * @returns {Atom[]} fewer than wanted where there is no room at any free bond
 */
function tree(size, random) {
  /** @type {Atom[]} */
  const atoms = [{ element: CARBON, position: [0, 0, 0], free: ELEMENTS[CARBON].valence }];
  let open = atoms;
  while (open.length > 0 && atoms.length < size) {
    const candidates = Array.from({ length: CHOICE }, () => open[Math.floor(random.uniform() * open.length)]);
    const parent = candidates.reduce((a, b) => (Math.hypot(...a.position) <= Math.hypot(...b.position) ? a : b));
    const nBonds = open.reduce((sum, { free }) => sum + free, 0);
    const element = nBonds > CHOICE ? draw(random) : CARBON; // or else the molecule might close up
    const position = place(parent, element, atoms, random);
    if (position) {
      parent.free--;
      atoms.push({ element, position, free: ELEMENTS[element].valence - 1 });
    } else {
      parent.free = 0;
    }
    open = atoms.filter(({ free }) => free > 0);
  }
  return atoms;
}

/**
 * A place for an atom at the end of a bond, apart from all others; undefined where none has been found.
 *
 * @param {Atom} parent
 * @param {number} element
 * @param {readonly Atom[]} atoms
 * @param {SequentialRandom} random
 */
function place(parent, element, atoms, random) {
  const length = ELEMENTS[parent.element].radius + ELEMENTS[element].radius;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const position = step(parent.position, length, random);
    const isFree = atoms.every(
      (other) => other === parent || distance(other.position, position) > least(other.element, element),
    );
    if (isFree) return position;
  }
  return undefined;
}

/** @param {SequentialRandom} random @returns {number} an element */
function draw(random) {
  let rest = random.uniform();
  const found = COMPOSITION.findIndex((chance) => (rest -= chance) < 0);
  return found < 0 ? CARBON : found;
}

/** @param {number[]} from @param {number} length @param {SequentialRandom} random a direction evenly spread over the sphere */
function step(from, length, random) {
  const z = 2 * random.uniform() - 1;
  const angle = 2 * Math.PI * random.uniform();
  const inPlane = length * Math.sqrt(1 - z * z);
  return [from[0] + inPlane * Math.cos(angle), from[1] + inPlane * Math.sin(angle), from[2] + length * z];
}

/** @param {number} one @param {number} other elements that are not bonded @returns {number} Å */
function least(one, other) {
  return Math.max(CONTACT, APART * (ELEMENTS[one].radius + ELEMENTS[other].radius));
}

/** @param {number[]} a @param {number[]} b */
function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
