/** Columns that a tile passes over: their radial functions and harmonics stay in the first-level cache. */
export const COLUMNS = 128;
/** Multiplications and additions that `chains` has under way: fewer would wait for each other, more would not fit the registers. */
export const CHAINS = 12;
/** Vectors of radial functions and harmonics of a tile, as in the kernel. */
export const TILE = { vectors: 4, harmonics: 2 };

/** Of a column: as many vectors as a tile has. */
const ROW_BYTES = 16 * TILE.vectors;
const DATA_BYTES = COLUMNS * (ROW_BYTES + 8 * TILE.harmonics);

/**
 * AssemblyScript that keeps the processor's floating-point units busy; unrolled here, since the language has no other way.
 *
 * @param {boolean} isFused whether a product and a sum are one (relaxed) instruction
 */
export function rooflineSource(isFused) {
  return `
const data = memory.data(${DATA_BYTES}, 64);
const result = memory.data(${16 * Math.max(CHAINS, TILE.vectors * TILE.harmonics)}, 64);

/** ${DATA_BYTES} bytes. */
export function address(): usize {
  return data;
}
${['f64', 'f32'].map((type) => chains(type, isFused) + tile(type, isFused)).join('')}`;
}

/**
 * Recurrences a = a·m + c in registers alone. Every multiplication needs the last sum, so that none can be moved out of the loop.
 *
 * @param {string} type @param {boolean} isFused
 */
function chains(type, isFused) {
  const sums = range(CHAINS, (i) => `a${i}`);
  return `
export function chains_${type}(passes: i32): void {
  const m = v128.load(data);
  const c = v128.load(data, 16);
  ${sums.map((a) => `let ${a} = c;`).join('\n  ')}
  do {
    ${sums.map((a) => `${a} = ${multiplyAdd(type, isFused, a, 'm', 'c')};`).join('\n    ')}
  } while (--passes > 0);
  ${sums.map((a, i) => `v128.store(result, ${a}, ${16 * i});`).join('\n  ')}
}
`;
}

/**
 * The pattern of the kernel: sums of vectors of radial functions times single harmonics, a column at a time. The loop begins with
 * addresses as its variables, since V8 moves computations into loops that do not change there.
 *
 * @param {string} type @param {boolean} isFused
 */
function tile(type, isFused) {
  const { vectors, harmonics } = TILE;
  const size = type === 'f64' ? 8 : 4;
  const sums = range(vectors, (v) => range(harmonics, (h) => ({ name: `a${v}${h}`, v, h }))).flat();
  const harmonicRows = COLUMNS * ROW_BYTES;
  return `
export function tile_${type}(passes: i32): void {
  const zero = v128.splat<${type}>(0);
  ${sums.map(({ name }) => `let ${name} = zero;`).join('\n  ')}
  do {
    let row = data;
    let harmonic = data + ${harmonicRows};
    do {
      ${range(vectors, (v) => `const g${v} = v128.load(row, ${16 * v});`).join('\n      ')}
      ${range(harmonics, (h) => `const y${h} = v128.load_splat<${type}>(harmonic, ${h * COLUMNS * size});`).join('\n      ')}
      ${sums.map(({ name, v, h }) => `${name} = ${multiplyAdd(type, isFused, `g${v}`, `y${h}`, name)};`).join('\n      ')}
      row += ${ROW_BYTES};
      harmonic += ${size};
    } while (row < data + ${harmonicRows});
  } while (--passes > 0);
  ${sums.map(({ name }, i) => `v128.store(result, ${name}, ${16 * i});`).join('\n  ')}
}
`;
}

/** @param {string} type @param {boolean} isFused @param {string} a @param {string} b @param {string} c */
function multiplyAdd(type, isFused, a, b, c) {
  return isFused
    ? `v128.relaxed_madd<${type}>(${a}, ${b}, ${c})`
    : `v128.add<${type}>(${c}, v128.mul<${type}>(${a}, ${b}))`;
}

/**
 * @template T
 * @param {number} length
 * @param {(i: number) => T} item
 */
function range(length, item) {
  return Array.from({ length }, (_, i) => item(i));
}
