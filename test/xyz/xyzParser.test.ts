import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CommentLine } from '#dist/xyz/commentLine.js';
import { XyzParser } from '#dist/xyz/xyzParser.js';
import { LeftOut } from '#dist/clouds/leftOut.js';
import { randomNumbers } from '../support/batches.js';
import { bytesOf, parseAll, plainCloud, taken } from '../support/cloudFiles.js';

type XyzOptions = ConstructorParameters<typeof XyzParser>[1];

const framesOf = (text: string, options?: XyzOptions, chunkBytes?: number): Record<string, unknown>[] =>
  parseAll(new XyzParser('a.xyz', options), bytesOf(text), chunkBytes).map(plainCloud);

const badData = (message: string): Error =>
  expect.objectContaining({ name: 'PipelineError', code: 'badData', message }) as Error;

const water = `3
Properties=species:S:1:pos:R:3 label=7 Lattice="5 0 0 0 6 0.5 0 0 7" pbc="T T F"
O 0.0 0.0 0.119262
H 0 0.763239 -0.477047
H 0 -0.763239 -4.77047e-1
`;
const waterCloud = {
  points: [
    [0, 0, 0.119262],
    [0, 0.763239, -0.477047],
    [0, -0.763239, -0.477047],
  ],
  species: ['O', 'H', 'H'],
};

describe('XyzParser', () => {
  it('reads extended XYZ', () => {
    expect(framesOf(water)).toEqual([waterCloud]);
    expect(framesOf(water, { label: 'label', cell: true })).toEqual([
      { ...waterCloud, label: 7, cell: [5, 0, 0, 0, 6, 0.5, 0, 0, 7], pbc: [1, 1, 0] },
    ]);
  });

  it('finds the columns where Properties says that they are, and passes over the others', () => {
    const text = `2\nProperties="id:I:1:pos:R:3:charge:R:1:species:S:1:move:L:2"\n1 1 2 3 nan Fe T F\n2 4 5 6 * O2- F F\n`;
    expect(framesOf(text)).toEqual([{ points: [[1, 2, 3], [4, 5, 6]], species: ['Fe', 'O2-'] }]); // prettier-ignore
  });

  it('lets the columns change from frame to frame', () => {
    const text = `1\nProperties=species:S:1:pos:R:3\nH 1 2 3\n1\nProperties=pos:R:3:species:S:1\n4 5 6 C\n1\n\nN 7 8 9\n`;
    expect(framesOf(text)).toEqual([
      { points: [[1, 2, 3]], species: ['H'] },
      { points: [[4, 5, 6]], species: ['C'] },
      { points: [[7, 8, 9]], species: ['N'] },
    ]);
  });

  it('reads a comment line that repeats once, and never one of other columns in its place', () => {
    const spy = vi.spyOn(CommentLine.prototype, 'frameValue');
    onTestFinished(() => spy.mockRestore());
    const head = 'Properties=species:S:1:pos:R:3 label=3';
    const frame = `1\n${head}\nH 1 2 3\n`;
    const turned = '1\nProperties=pos:R:3:species:S:1 label=4\n1 2 3 C\n';
    const text = frame.repeat(100) + turned.repeat(2) + frame.repeat(3);
    const labels = framesOf(text, { label: 'label' }, 10).map(
      ({ label, species }) => `${label as number}${species as string}`,
    );
    expect(labels).toEqual([...Array<string>(100).fill('3H'), '4C', '4C', '3H', '3H', '3H']);
    expect(spy.mock.calls.filter(([key]) => key === 'properties')).toHaveLength(3);
    expect(framesOf('1\n\nH 1 2 3\n'.repeat(2))).toHaveLength(2);
  });

  it('reads plain XYZ, and passes over what follows x, y, z', () => {
    const text = "2\n benzene's first, pbc and all\nC 0 1.0 -2 0.3 extra\n6\t1D0\t+2.5d-1\t.5\n";
    expect(framesOf(text)).toEqual([{ points: [[0, 1, -2], [1, 0.25, 0.5]], species: ['C', '6'] }]); // prettier-ignore
  });

  it('tolerates CRLF, tabs, blanks around fields and blank lines between frames and at the end', () => {
    const odd = `\n  3 \n${water.split('\n').slice(1, 4).join('\n')}\n\t H\t0  -0.763239   -0.477047  \n\n \t\n${water}\n\n  \n`;
    for (const text of [odd, odd.replaceAll('\n', '\r\n')]) {
      expect(framesOf(text, { label: 'label' })).toEqual([
        { ...waterCloud, label: 7 },
        { ...waterCloud, label: 7 },
      ]);
    }
  });

  it('takes a last line without its end, and frames of no points', () => {
    expect(framesOf(`0\n\n${water.trimEnd()}`)).toEqual([{ points: [], species: [] }, waterCloud]);
    expect(framesOf('0\nnothing')).toEqual([{ points: [], species: [] }]);
  });

  it('gives the symbols of atomic numbers', () => {
    const text = '4\nProperties=pos:R:3:Z:I:1\n0 0 0 1\n0 0 1 26\n0 0 2 118\n0 0 3 0\n';
    expect(framesOf(text)[0]!.species).toEqual(['H', 'Fe', 'Og', 'X']);
    expect(framesOf(text, { species: 'Z' })[0]!.species).toEqual(['H', 'Fe', 'Og', 'X']);
  });

  it('prefers species to Z, and either gives way to the option', () => {
    const text = '1\nProperties=species:S:1:Z:I:1:pos:R:3:type:I:1\nD 1 0 0 0 -012\n';
    expect(framesOf(text)[0]!.species).toEqual(['D']);
    expect(framesOf(text, { species: 'Z' })[0]!.species).toEqual(['H']);
    expect(framesOf(text, { species: 'type' })[0]!.species).toEqual(['-12']);
  });

  it('reads lattices and flags in the forms of the format', () => {
    const frame = (values: string): string => `1\n${values}\nH 0 0 0\n`;
    const lattice = 'Lattice="1 0 0 0 1 0 0 0 1"';
    const pbcOf = (values: string): unknown => framesOf(frame(values), { cell: true })[0]!.pbc;
    expect(pbcOf(lattice)).toEqual([1, 1, 1]);
    expect(pbcOf(`pbc=[true, False, 1] ${lattice}`)).toEqual([1, 0, 1]);
    expect(pbcOf(`pbc={0 t F} Lattice=[[1, 0, 0], [0, 1, 0], [0, 0, 1]]`)).toEqual([0, 1, 0]);
    expect(framesOf(frame("Lattice='1 2 3 4 5 6 7 8 9D-1'"), { cell: true })[0]!.cell).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 0.9,
    ]);
  });

  it('gives the same frames whatever the chunks are', () => {
    const random = randomNumbers(3);
    const frame = (): string => {
      const count = Math.floor(30 * random());
      const points = Array.from({ length: count }, () => {
        const [x, y, z] = [random(), random(), random()].map((value) =>
          (200 * value - 100).toPrecision(1 + 16 * random()),
        );
        return `${['H', 'He', 'ünï'][count % 3]}   ${x}\t${y} ${z}`;
      });
      const head = `Properties=species:S:1:pos:R:3 label=${count} Lattice="${count} 0 0 0 1 0 0 0 1"`;
      return [`${count}`, head, ...points].join(random() < 0.5 ? '\n' : '\r\n');
    };
    const text = `${Array.from({ length: 300 }, frame).join('\n')}\n`;
    const whole = framesOf(text, { label: 'label', cell: true });
    expect(whole).toHaveLength(300);
    for (const chunkBytes of [1, 7, 65_536]) {
      expect(framesOf(text, { label: 'label', cell: true }, chunkBytes)).toEqual(whole);
    }
  });

  it('gives a frame as soon as its last line has arrived, and no sooner than it is asked for', () => {
    const parser = new XyzParser('a.xyz');
    const bytes = bytesOf(`${water}3\nbroken\nH x 0 0\n`);
    expect([...parser.push(bytes.slice(0, water.length - 1))]).toEqual([]);
    const frames = taken(parser, parser.push(bytes.slice(water.length - 1)));
    expect(plainCloud(frames.next().value!)).toEqual(waterCloud);
    expect(() => frames.next()).toThrow('frame 1: expected a finite number for x');
  });

  it('makes no room for points that are only claimed', () => {
    const parser = new XyzParser('a.xyz');
    const before = process.memoryUsage().arrayBuffers;
    expect([...parser.push(bytesOf('2147483647\n\nH 0 0 0\n'))]).toEqual([]);
    // 1024 points and their species take 30 kB; the claim is 50 GB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    expect(() => [...parser.end()]).toThrow(
      badData('a.xyz:3: frame 0: expected 2147483647 points, got 1: the file is cut off'),
    );
  });

  const extended = 'Properties=species:S:1:pos:R:3';
  it.each([
    ['a file of blank lines', '\n\n', 'a.xyz:2: frame 0: expected a frame, got the end of the file'],
    ['an empty file', '', 'a.xyz:0: frame 0: expected a frame, got the end of the file'],
    [
      'a count that is none',
      'three\n',
      'a.xyz:1: frame 0: expected the number of points, at most 2147483647, got "three"',
    ],
    ['a negative count', '-1\n', 'a.xyz:1: frame 0: expected the number of points, at most 2147483647, got "-1"'],
    [
      'an absurd count',
      `${water}1000000000000\n`,
      'a.xyz:6: frame 1: expected the number of points, at most 2147483647, got "1000000000000"',
    ],
    [
      'a point too many',
      '1\n\nH 0 0 0\nH 1 1 1\n',
      'a.xyz:4: frame 1: expected the number of points, at most 2147483647, got "H 1 1 1"',
    ],
    [
      'an end before the comment',
      '3\n',
      'a.xyz:1: frame 0: expected 3 points, got not even a comment line: the file is cut off',
    ],
    [
      'an end within a frame',
      `${water}3\n\nH 0 0 0`,
      'a.xyz:8: frame 1: expected 3 points, got 1: the file is cut off',
    ],
    ['a column too few', '1\n\nH 0 0\n', 'a.xyz:3: frame 0: expected at least 4 columns, got 3'],
    ['a blank line within a frame', '1\n\n\nH 0 0 0\n', 'a.xyz:3: frame 0: expected at least 4 columns, got 0'],
    ['a declared column too few', `1\n${extended}\nH 0 0\n`, 'a.xyz:3: frame 0: expected 4 columns, got 3'],
    ['a declared column too many', `1\n${extended}\nH 0 0 0 0\n`, 'a.xyz:3: frame 0: expected 4 columns, got 5'],
    [
      'a coordinate that is no number',
      '1\n\nH 0 1,5 0\n',
      'a.xyz:3: frame 0: expected a finite number for y, got "1,5"',
    ],
    [
      'a coordinate that is not finite',
      '1\n\nH 0 0 inf\n',
      'a.xyz:3: frame 0: expected a finite number for z, got "inf"',
    ],
    [
      'a coordinate out of range',
      '1\n\nH 1e999 0 0\n',
      'a.xyz:3: frame 0: expected a finite number for x, got "1e999"',
    ],
    [
      'a long field, cut',
      `1\n\nH ${'9x'.repeat(50)} 0 0\n`,
      `a.xyz:3: frame 0: expected a finite number for x, got "${'9x'.repeat(30)}…"`,
    ],
    [
      'an unknown property type',
      '1\nProperties=species:S:1:pos:F:3\n',
      'a.xyz:2: frame 0: expected the type S, R, I or L of property pos, got "F"',
    ],
    [
      'a property without its columns',
      '1\nProperties=species:S:1:pos:R\n',
      'a.xyz:2: frame 0: expected Properties=name:type:columns:…, got "pos:R"',
    ],
    [
      'positions that are not there',
      '1\nProperties=species:S:1\n',
      'a.xyz:2: frame 0: expected a property pos, got only species',
    ],
    [
      'positions of two numbers',
      '1\nProperties=species:S:1:pos:R:2\n',
      'a.xyz:2: frame 0: expected pos:R:3, got pos:R:2',
    ],
    [
      'species that are not there',
      '1\nProperties=pos:R:3:id:I:1\n',
      'a.xyz:2: frame 0: expected a property species or Z, got only pos, id',
    ],
    [
      'species of real numbers',
      '1\nProperties=pos:R:3:species:R:1\n',
      'a.xyz:2: frame 0: expected species:S:1 or species:I:1 for the species, got species:R:1',
    ],
    [
      'an unknown element',
      '1\nProperties=pos:R:3:Z:I:1\n0 0 0 119\n',
      'a.xyz:3: frame 0: expected an atomic number from 0 to 118, got "119"',
    ],
    [
      'a species that is no integer',
      '1\nProperties=pos:R:3:species:I:1\n0 0 0 1.5\n',
      'a.xyz:3: frame 0: expected an integer species, got "1.5"',
    ],
  ])('rejects %s', (_, text, message) => {
    for (const chunkBytes of [1, 1000]) expect(() => framesOf(text, {}, chunkBytes)).toThrow(badData(message));
  });

  it('rejects species that are not UTF-8', () => {
    const bytes = Uint8Array.of(...bytesOf('1\n\n'), 0xfc, ...bytesOf(' 0 0 0\n'));
    expect(() => parseAll(new XyzParser('a.xyz'), bytes)).toThrow(
      badData('a.xyz:3: frame 0: expected a species in UTF-8, got "\u{fffd}"'),
    );
  });

  it.each([
    [
      'a missing label',
      { label: 'class' },
      '',
      'expected class= with an integer from 0 to 255, as the first has (option label; classes for words), got none',
    ],
    ...['1.0', '256', '-1', 'water'].map(
      (text) =>
        [
          `the label ${text}`,
          { label: 'class' },
          `class=${text}`,
          `expected class= with an integer from 0 to 255, as the first has (option label; classes for words), got "${text}"`,
        ] as const,
    ),
    ['a missing species', { species: 'type' }, '', 'expected a property type, got only species, pos'],
    [
      'a short lattice',
      { cell: true },
      'Lattice="1 0"',
      'expected Lattice= with 9 finite numbers, or 3 for a cell of right angles (option cell), got "1 0"',
    ],
    [
      'a matrix whose vectors may be rows or columns',
      { cell: true },
      'Lattice=[[1, 2, 0], [0, 1, 0], [0, 0, 1]]',
      'expected Lattice= with a symmetric matrix, or the vectors one after the other as 9 numbers in quotes, since programs disagree on whether they are rows or columns of a matrix in brackets, got "[[1, 2, 0], [0, 1, 0], [0, 0, 1]]"',
    ],
    [
      'a frame that repeats along nothing',
      { cell: true },
      'pbc="T F F"',
      'expected Lattice= with pbc="T F F", which says that the frame repeats (option cell), got none',
    ],
    [
      'a lattice with a text',
      { cell: true },
      'Lattice="1 0 0 0 1 0 0 0 c"',
      'expected Lattice= with 9 finite numbers, or 3 for a cell of right angles (option cell), got "1 0 0 0 1 0 0 0 c"',
    ],
    [
      'flags of another kind',
      { cell: true },
      'Lattice="1 0 0 0 1 0 0 0 1" pbc="T T x"',
      'expected pbc= with three of T and F, or one for all, got "T T x"',
    ],
  ] as const)('rejects %s', (_, options, comment, message) => {
    const text = `1\n\nH 0 0 0\n`;
    expect(framesOf(text)).toHaveLength(1);
    expect(() => framesOf(`1\n${comment}\nH 0 0 0\n`, options)).toThrow(badData(`a.xyz:2: frame 0: ${message}`));
  });

  it('takes labels from 0 to 255', () => {
    const text = ['0', '255', '007'].map((label) => `1\nlabel=${label}\nH 0 0 0\n`).join('');
    expect(framesOf(text, { label: 'label' }).map(({ label }) => label)).toEqual([0, 255, 7]);
  });

  const cells = (text: string, options: XyzOptions = {}): unknown =>
    framesOf(text, { cell: true, ...options }).map(({ cell, pbc }) => [
      (cell as number[]).join(' '),
      (pbc as number[]).join(''),
    ]);
  const point = '1\n# \nH 0 0 0\n';

  it('takes frames without a lattice for clusters', () => {
    const head = 'Properties=species:S:1:pos:R:3';
    const text = ['Lattice="3 0 0 0 4 0 0 0 5"', 'pbc="F F F"', 'pbc=F', '', 'Lattice="3 4 5"'].map(
      (values) => `1\n${head} ${values}\nH 0 0 0\n`,
    );
    const cluster = ['0 0 0 0 0 0 0 0 0', '000'];
    const box = ['3 0 0 0 4 0 0 0 5', '111'];
    expect(cells(text.join(''))).toEqual([box, cluster, cluster, cluster, box]);
  });

  it('reads cells of i-PI in their three forms', () => {
    const ipi = (cell: string, units = 'cell{angstrom} positions{angstrom}'): string =>
      point.replace('# ', `# CELL${cell}  Traj: positions ${units} Step: 10`);
    expect(cells(ipi('(abcABC):  3.0  4.0  5.0  90.0  90.0  90.0 '))).toEqual([['3 0 0 0 4 0 0 0 5', '111']]);
    expect(cells(ipi('{H}: 3 1 2 0 4 0.5 0 0 5'))).toEqual([['3 0 0 1 4 0 2 0.5 5', '111']]);
    expect(cells(ipi('[GENH]: 3 0 0 1 4 0 2 0.5 5'))).toEqual([['3 0 0 1 4 0 2 0.5 5', '111']]);
    const [{ cell }] = framesOf(ipi('(abcABC): 2 3 4 60 70 80'), { cell: true }) as [{ cell: number[] }];
    const [a, b, c] = [cell.slice(0, 3), cell.slice(3, 6), cell.slice(6)] as [number[], number[], number[]];
    const cosine = (u: number[], v: number[]): number =>
      u.reduce((sum, x, i) => sum + x * v[i]!, 0) / Math.hypot(...u) / Math.hypot(...v);
    const degrees = [cosine(b, c), cosine(a, c), cosine(a, b)].map((x) => (Math.acos(x) * 180) / Math.PI);
    for (const [i, angle] of [60, 70, 80].entries()) expect(degrees[i]).toBeCloseTo(angle, 10);
    expect(() => cells(ipi('(abcABC): 3 3 3 90 90 90', 'cell{atomic_unit} positions{angstrom}'))).toThrow(
      badData('a.xyz:2: frame 0: expected cell{angstrom}, got cell{atomic_unit}: convert the file first'),
    );
    expect(() => cells(ipi('(abcABC): 3 3 3 10 90 170'))).toThrow(
      'expected lengths and angles of a cell, got "3 3 3 10',
    );
    expect(() => cells(ipi('(H): 3 3 3'))).toThrow('expected 9 finite numbers after CELL(H):, got "3 3 3');
  });

  it('reads vectors after the points as the cell, if that is wanted, and passes over them else', () => {
    const text = `${point}VEC1 3 0 0\n vec3 0 0 5\n\n${point}${point}Vec2 0 4 0\n`;
    expect(cells(text)).toEqual([
      ['3 0 0 0 0 0 0 0 5', '101'],
      ['0 0 0 0 0 0 0 0 0', '000'],
      ['0 0 0 0 4 0 0 0 0', '010'],
    ]);
    expect(framesOf(text)).toHaveLength(3);
    expect(() => cells(`${point.replace('# ', 'Lattice="3 4 5"')}VEC1 3 0 0\n`)).toThrow(
      badData('a.xyz:4: frame 1: expected one cell (option cell), got that of the comment line and VEC lines'),
    );
    expect(() => cells(`${point}VEC1 3 0\n`)).toThrow('expected three finite numbers after VEC1');
  });

  it('reads the files of QM9', () => {
    const gdb = '2\ngdb 1\t1.0\nC\t0.0\t0.0\t2.5*^-6\t0.1\nO\t1.1\t1.0D-3\t0.0\t-0.1\n';
    const tail = '2100.5\t-3.25\n[C-]#[O+]\t[C-]#[O+]\nInChI=1S/CO\tInChI=1S/CO\n';
    const frame = { points: [[0, 0, 2.5e-6], [1.1, 1e-3, 0]], species: ['C', 'O'] }; // prettier-ignore
    expect(framesOf(gdb + tail + gdb + tail)).toEqual([frame, frame]);
    expect(framesOf(gdb + gdb)).toEqual([frame, frame]);
    expect(() => framesOf(`${gdb}H 0 0 0\n${tail}`)).toThrow('a.xyz:5: frame 1: expected the number of points');
    expect(() => framesOf(point + tail)).toThrow('a.xyz:4: frame 1: expected the number of points');
  });

  it('reads lines that end with a carriage return, and a byte order mark', () => {
    expect(framesOf(water.replaceAll('\n', '\r'))).toEqual([waterCloud]);
    expect(framesOf(`\u{feff}${water}`)).toEqual([waterCloud]);
  });

  it.each([
    ['numbers:I:1:positions:R:3', '6 1 2 3', 'C'],
    ['Z:I:1:pos:R:3', '6 1 2 3', 'C'],
    ['atomic_numbers:I:1:pos:R:3', '6 1 2 3', 'C'],
    ['symbols:S:1:positions:R:3', 'C 1 2 3', 'C'],
    ['Species:S:1:Pos:R:3', 'MG 1 2 3', 'MG'],
    ['force:R:3:species:S:1:pos:R:3', '9 9 9 C1 1 2 3', 'C1'],
  ])('finds species and positions in properties=%s', (declared, line, species) => {
    expect(framesOf(`1\nproperties=${declared}\n${line}\n`)).toEqual([{ points: [[1, 2, 3]], species: [species] }]);
  });

  it.each([
    ['species:S:1:pos:R:3:pos:R:3', 'expected one property pos, got pos:R:3 and pos:R:3'],
    ['species:S:1:pos:R:3:positions:R:3', 'expected one property pos, got pos:R:3 and positions:R:3'],
    ['species:S:1:species:S:1:pos:R:3', 'expected one property species, got species:S:1 and species:S:1'],
    ['"\u{1b}[31mred:S:1"', String.raw`expected a property pos, got only \u001b[31mred`],
  ])('rejects Properties=%s', (declared, message) => {
    expect(() => framesOf(`1\nProperties=${declared}\nH 0 0 0 0 0 0\n`)).toThrow(
      badData(`a.xyz:2: frame 0: ${message}`),
    );
  });

  it('names line and column of a comment that cannot be read', () => {
    expect(() => framesOf(`1\nProperties=species:S:1:pos:R:3 a="x\nH 0 0 0\n`)).toThrow(
      badData(String.raw`a.xyz:2:34: frame 0: expected a value of "a", got "\"x"`),
    );
  });

  it('reads further values of frames and points', () => {
    const text = `2\nProperties=pos:R:3:f:R:2:id:I:1:species:S:1:tag:S:1 e=-1 m=[[1, 2], [3, 4]] w="a b"\n1 2 3 4 5 6 H x\n7 8 9 10 11 12 C y\n`;
    const [cloud] = parseAll(
      new XyzParser('a.xyz', { info: { m: 4, w: 'text', e: 1 }, arrays: { tag: 'text', f: 2, id: 1 } }),
      bytesOf(text),
    );
    expect(cloud!.values[0]!.info).toEqual([Float64Array.of(1, 2, 3, 4), 'a b', Float64Array.of(-1)]);
    const tags = { bytes: bytesOf('xy'), offsets: Int32Array.of(0, 1, 2) };
    expect(cloud!.arrays).toEqual([tags, Float64Array.of(4, 5, 10, 11), Float64Array.of(6, 12)]);
    const read = (options: XyzOptions) => (): unknown => framesOf(text, options);
    expect(read({ info: { x: 1 } })).toThrow('expected x= with a finite number (option info), got none');
    expect(read({ info: { w: 2 } })).toThrow('expected w= with 2 finite numbers (option info), got "a b"');
    expect(read({ arrays: { f: 3 } })).toThrow('expected 3 numbers for f (option arrays), got f:R:2');
    expect(read({ arrays: { tag: 1 } })).toThrow('expected 1 numbers for tag (option arrays), got tag:S:1');
    expect(read({ arrays: { pos: 3 } })).toThrow('expected an array beside positions and species, got pos');
    expect(() => framesOf(text.replace('11', 'nan'), { arrays: { f: 2 } })).toThrow(
      badData('a.xyz:4: frame 0: expected a finite number for f, got "nan"'),
    );
  });

  it('leaves out points that are nowhere, with all that belongs to them', () => {
    const leftOut = new LeftOut();
    const text = '4\n\nH nan 0 0\nHe 1 2 3\nLi 0 -inf 0\nBe 0 0 1.#QNAN\n';
    const parser = new XyzParser('a.xyz', { notFinite: 'leaveOut' }, 'uint8', leftOut);
    expect(parseAll(parser, bytesOf(text), 3).map(plainCloud)).toEqual([{ points: [[1, 2, 3]], species: ['He'] }]);
    expect(leftOut.notices('frame')).toEqual([
      'left out 3 points without finite coordinates, the first at a.xyz:3: frame 0',
    ]);
    expect(() => framesOf('1\n\nH x 0 0\n', { notFinite: 'leaveOut' })).toThrow(
      'expected a finite number for x, got "x"',
    );
  });

  describe('with damaged frames left out', () => {
    const good = (species: string, head = ''): string => `2\n${head}\n${species} 0 0 0\n${species} 1 1 1\n`;
    const columns = 'Properties=species:S:1:pos:R:3';
    const read = (text: string, chunkBytes?: number): [string[], string[]] => {
      const leftOut = new LeftOut();
      const clouds = parseAll(
        new XyzParser('a.xyz', { damaged: 'leaveOut' }, 'uint8', leftOut),
        bytesOf(text),
        chunkBytes,
      );
      return [clouds.map((cloud) => (plainCloud(cloud).species as string[])[0]!), leftOut.notices('frame')];
    };
    it.each([
      ['a point too few', `2\n\nX 0 0 0\n`, 'a.xyz:8: frame 1: expected at least 4 columns, got 1'],
      [
        'a point too many',
        `${good('X')}X 2 2 2\n`,
        'a.xyz:9: frame 1: expected the number of points, at most 2147483647, got "X 2 2 2"',
      ],
      [
        'a count that is none',
        `2x\n\nX 0 0 0\nX 1 1 1\n`,
        'a.xyz:5: frame 1: expected the number of points, at most 2147483647, got "2x"',
      ],
      [
        'a coordinate that is none',
        `2\n\nX 0 0 0\nX 0 ? 0\n`,
        'a.xyz:8: frame 1: expected a finite number for y, got "?"',
      ],
      [
        'a comment that cannot be read',
        `2\npbc="\nX 0 0 0\nX 1 1 1\n`,
        'a.xyz:6:5: frame 1: expected a value of "pbc", got "\\""',
      ],
    ])('reads on after %s', (_, damaged, reason) => {
      for (const chunkBytes of [1, 1000]) {
        const expected = [['A', 'B', 'C'], [`left out 1 damaged frame, the first at ${reason}`]];
        expect(read(`${good('A')}${damaged}${good('B')}\n${good('C')}`, chunkBytes)).toEqual(expected);
      }
    });

    it('leaves out a frame that is cut off, and a file without any', () => {
      expect(read(`${good('A')}3\n\nX 0 0 0\n`)).toEqual([
        ['A'],
        ['left out 1 damaged frame, the first at a.xyz:7: frame 1: expected 3 points, got 1: the file is cut off'],
      ]);
      expect(read('nothing\nof the kind\n')[0]).toEqual([]);
    });

    it('counts every damaged frame, and takes no number within one for a frame', () => {
      const damaged = `2\n${columns}\nX 0 0 0\n7\nX 1 1 1\n`;
      const text = good('A', columns) + damaged + damaged + good('B', columns);
      const [kinds, [notice]] = read(text);
      expect(kinds).toEqual(['A', 'B']);
      expect(notice).toMatch(/^left out 2 damaged frames, the first at a\.xyz:8: frame 1: expected 4 columns, got 1$/);
    });
  });
});
