import { describe, expect, it } from 'vitest';
import { LeftOut } from '#dist/clouds/leftOut.js';
import { PlyParser } from '#dist/ply/plyParser.js';
import { randomNumbers } from '../support/batches.js';
import {
  bytesOf,
  parseAll,
  plainCloud,
  PLY_FORMATS,
  type PlyElementContent,
  type PlyFormat,
  plyFile,
} from '../support/cloudFiles.js';

type PlyOptions = ConstructorParameters<typeof PlyParser>[1];

function cloudOf(file: Uint8Array | string, options?: PlyOptions, chunkBytes?: number): Record<string, unknown> {
  const bytes = typeof file === 'string' ? bytesOf(file) : file;
  const clouds = parseAll(new PlyParser('a.ply', options), bytes, chunkBytes);
  expect(clouds).toHaveLength(1);
  return plainCloud(clouds[0]!);
}

const badData = (message: string): Error =>
  expect.objectContaining({ name: 'PipelineError', code: 'badData', message }) as Error;

const random = randomNumbers(5);
const integer = (below: number): number => Math.floor(below * random());
const indices = (): number[] => Array.from({ length: integer(6) }, () => integer(100));

/** Elements and lists before, between and after what is read. */
const elements: readonly PlyElementContent[] = [
  { name: 'camera', properties: ['float view_px', 'uchar n'], rows: [[0.5, 3], [1.5, 4]] }, // prettier-ignore
  { name: 'strips', properties: ['list int int indices'], rows: [[[1, 2, 3]], [[]]] },
  {
    name: 'vertex',
    properties: [
      'uchar red',
      'list uchar short near',
      'double z',
      'int x',
      'list uint double far',
      'float y',
      'short kind',
    ],
    rows: Array.from({ length: 200 }, () => [
      integer(256),
      indices(),
      2e3 * random() - 1e3,
      integer(2 ** 32) - 2 ** 31,
      indices().map((index) => index / 7),
      Math.fround(random()),
      integer(5) - 2,
    ]),
  },
  { name: 'face', properties: ['list uchar int vertex_indices', 'uchar flags'], rows: Array.from({ length: 50 }, () => [indices(), 1]) }, // prettier-ignore
  { name: 'nothing', properties: ['float a', 'double b'], rows: [] },
];
const cloud = {
  points: elements[2]!.rows.map((row) => [row[3], row[5], row[2]]),
  species: elements[2]!.rows.map((row) => `${row[6] as number}`),
};

const triangle = (format: PlyFormat): Uint8Array =>
  plyFile(format, [
    { name: 'vertex', properties: ['float x', 'float y', 'float z', 'uchar part'], rows: [[0, 0, 0, 1], [1, 0, 0, 2], [0, 1, 0.5, 2]] }, // prettier-ignore
    { name: 'face', properties: ['list uchar int vertex_indices'], rows: [[[0, 1, 2]]] },
  ]);
const triangleText = Buffer.from(triangle('ascii')).toString();

describe.each(PLY_FORMATS)('PlyParser, %s', (format) => {
  it('gives the same cloud as the other formats', () => {
    expect(cloudOf(plyFile(format, elements), { species: 'kind' })).toEqual(cloud);
  });

  it.each([1, 7, 65_536])('gives the same cloud in chunks of %i bytes', (chunkBytes) => {
    expect(cloudOf(plyFile(format, elements), { species: 'kind' }, chunkBytes)).toEqual(cloud);
  });

  it.each(['\n', '\r\n', '\r'])('takes %j for the end of a line', (newline) => {
    for (const chunkBytes of [1, 1000]) {
      expect(cloudOf(plyFile(format, elements, { newline }), { species: 'kind' }, chunkBytes)).toEqual(cloud);
    }
  });

  it.each([
    'char',
    'uchar',
    'short',
    'ushort',
    'int',
    'uint',
    'float',
    'double',
    'int8',
    'uint8',
    'int16',
    'uint16',
    'int32',
    'uint32',
    'float32',
    'float64',
  ])('reads coordinates and species of the type %s', (type) => {
    const bits = Number(/\d+/.exec(type)?.[0] ?? { char: 8, short: 16, int: 32 }[type.replace('u', '')]);
    const extremes: Record<string, readonly number[]> = {
      signed: [-(2 ** (bits - 1)), -1, 2 ** (bits - 1) - 1],
      unsigned: [0, 1, 2 ** bits - 1],
      real: [-2, 0, 2 ** 24],
    };
    const row = extremes[/float|double/.test(type) ? 'real' : type.startsWith('u') ? 'unsigned' : 'signed']!;
    const properties = ['x', 'y', 'z', 'kind'].map((name) => `${type} ${name}`);
    const rows = [
      [...row, row[0]!],
      [...row.toReversed(), row[2]!],
    ];
    expect(cloudOf(plyFile(format, [{ name: 'vertex', properties, rows }]), { species: 'kind' })).toEqual({
      points: [row, row.toReversed()],
      species: [`${row[0]}`, `${row[2]}`],
    });
  });

  it('takes a label from a comment or from obj_info', () => {
    for (const keyword of ['comment', 'obj_info']) {
      const file = plyFile(format, elements.slice(2, 3), {
        comments: [`${keyword} label  42 `, 'comment', 'comment a label 7'],
      });
      expect(cloudOf(file, { label: 'label' }).label).toBe(42);
    }
  });

  it('reads a cloud of no vertices', () => {
    const file = plyFile(format, [{ name: 'vertex', properties: ['float x', 'float y', 'float z'], rows: [] }]);
    for (const chunkBytes of [1, 1000]) expect(cloudOf(file, {}, chunkBytes)).toEqual({ points: [] });
    // The header may be all, to the last byte.
    expect(cloudOf(file.slice(0, -1))).toEqual({ points: [] });
  });

  it('rejects every end before the end, but that after the vertices', () => {
    const file = triangle(format);
    // The last line of an ascii file needs no end, and may lose digits of its last number.
    const lastBytes = format === 'ascii' ? '3 0 1 2\n'.length : 1;
    const vertexEnd = file.length - (format === 'ascii' ? '3 0 1 2\n'.length : 13);
    expect(cloudOf(file.slice(0, vertexEnd))).toEqual(cloudOf(file));
    for (let length = 0; length <= file.length - lastBytes; length++) {
      if (length === vertexEnd) continue;
      expect(() => cloudOf(file.slice(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ code: 'badData' }) as Error,
      );
    }
    expect(cloudOf(file).points).toHaveLength(3);
  });

  it('makes no room for vertices that are only claimed', () => {
    const header = triangleText.slice(0, triangleText.indexOf('end_header')).replace('ascii', format);
    const parser = new PlyParser('a.ply', { species: 'part' });
    const before = process.memoryUsage().arrayBuffers;
    parser.push(bytesOf(`${header.replace('vertex 3', 'vertex 2147483647')}end_header\n`));
    // 1024 vertices and their species take 30 kB; the claim is 50 GB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    expect(() => [...parser.end()]).toThrow('expected 2147483647 vertices, got 0: the file is cut off');
  });

  it('passes over rows of an element that are only claimed, however many', () => {
    const header = triangleText.slice(0, triangleText.indexOf('end_header')).replace('ascii', format);
    const file = `${header.replace('face 1', 'junk 1000000000000\nproperty int a\nelement face 1')}end_header\n`;
    const whole = triangle(format);
    const rows = whole.subarray(Buffer.from(whole).indexOf('end_header') + 11);
    const face = format === 'ascii' ? '3 0 1 2\n'.length : 13;
    expect(cloudOf(Buffer.concat([bytesOf(file), rows.subarray(0, rows.length - face)]))).toEqual(cloudOf(whole));
  });
});

describe('PlyParser', () => {
  it.each(PLY_FORMATS)('leaves out vertices that are nowhere, on request, in %s', (format) => {
    const rows = [[0, 0, 0, 1], [Number.NaN, 0, 0, 2], [1, 2, 3, 3], [0, Infinity, 0, 4]]; // prettier-ignore
    const file = plyFile(format, [{ name: 'vertex', properties: ['float x', 'float y', 'float z', 'int k'], rows }]);
    const leftOut = new LeftOut();
    const parser = new PlyParser('a.ply', { species: 'k', notFinite: 'leaveOut' }, 'uint8', leftOut);
    expect(parseAll(parser, file, 5).map(plainCloud)).toEqual([
      { points: [[0, 0, 0], [1, 2, 3]], species: ['1', '3'] }, // prettier-ignore
    ]);
    expect(leftOut.notices('file')).toEqual([
      'left out 2 points without finite coordinates, the first at a.ply: vertex 1',
    ]);
  });

  it('rounds the decimals of a float to float32, as binary files have them, and no others', () => {
    const text =
      'ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty double y\nproperty float32 z\nend_header\n';
    expect(cloudOf(`${text}0.1 0.1 16777217\n`).points).toEqual([[Math.fround(0.1), 0.1, 16_777_216]]);
  });

  it('takes axes in capital letters where there are no others', () => {
    const header = (...names: string[]): string =>
      `ply\nformat ascii 1.0\nelement vertex 1\n${names.map((name) => `property double ${name}\n`).join('')}end_header\n`;
    expect(cloudOf(`${header('Y', 'X', 'Z')}1 2 3\n`).points).toEqual([[2, 1, 3]]);
    expect(cloudOf(`${header('X', 'x', 'y', 'Z')}1 2 3 4\n`).points).toEqual([[2, 3, 4]]);
  });

  it('passes over blank lines in header and body', () => {
    const blank = triangleText.replaceAll('\n', '\n \n');
    expect(cloudOf(blank)).toEqual(cloudOf(triangleText));
    expect(cloudOf(blank.replaceAll('\n', '\r\n'))).toEqual(cloudOf(triangleText));
    expect(cloudOf(triangleText.replaceAll('\n', '\r'))).toEqual(cloudOf(triangleText));
    // Rows before the vertices are counted without the blank lines among them.
    const before = plyFile('ascii', [
      { name: 'strips', properties: ['int a'], rows: [[7], [8]] },
      ...elements.slice(2),
    ]);
    const text = Buffer.from(before).toString().replace('7\n8\n', '7\n\n8\n\n');
    expect(cloudOf(text, { species: 'kind' })).toEqual(cloud);
  });

  it('tolerates tabs, blanks around values and blank lines at the end', () => {
    const text = triangleText.replace('1 0 0 2', ' 1\t0  0 2 \t').replace('element vertex', ' element\tvertex');
    expect(cloudOf(`${text}\n  \n`)).toEqual(cloudOf(triangle('ascii')));
  });

  it('passes over ascii lines of any length', () => {
    const strips = {
      name: 'strips',
      properties: ['list int int indices'],
      rows: [[Array.from({ length: 20 }, () => 1)]],
    };
    const file = plyFile('ascii', [strips, ...elements.slice(2)]);
    const at = Buffer.from(file).indexOf('20 1 1');
    const long = Buffer.concat([file.subarray(0, at), Buffer.alloc(40 * 2 ** 20, '1 '), file.subarray(at)]);
    expect(cloudOf(long, { species: 'kind' }, 2 ** 20)).toEqual(cloud);
  });

  const header = (...lines: readonly string[]): string => ['ply', 'format ascii 1.0', ...lines, ''].join('\n');
  const xyz = ['element vertex 1', 'property float x', 'property float y', 'property float z'];
  const TYPES =
    'char, uchar, short, ushort, int, uint, float, double, int8, uint8, int16, uint16, int32, uint32, float32, float64';
  it.each<[string, string, string, PlyOptions?]>([
    ['an empty file', '', '0: expected end_header, got the end of the file'],
    ['another file', 'solid cube\n', '1: expected a PLY file, whose first line is ply, got "solid cube"'],
    [
      'another version',
      'ply\nformat ascii 1.1\n',
      '2: expected format ascii or binary_little_endian or binary_big_endian 1.0, got "format ascii 1.1"',
    ],
    [
      'another format',
      'ply\nformat text 1.0\n',
      '2: expected format ascii or binary_little_endian or binary_big_endian 1.0, got "format text 1.0"',
    ],
    ['a missing format', `ply\n${xyz.join('\n')}\nend_header\n`, '6: expected a line format in the header, got none'],
    [
      'an unknown line',
      header('vertex 3'),
      '3: expected format, element, property, comment, obj_info or end_header, got "vertex 3"',
    ],
    [
      'a count that is none',
      header('element vertex many'),
      '3: expected element, its name and its number of rows, got "element vertex many"',
    ],
    [
      'a negative count',
      header('element vertex -1'),
      '3: expected element, its name and its number of rows, got "element vertex -1"',
    ],
    [
      'an absurd count',
      header('element vertex 1000000000000'),
      '3: expected at most 2147483647 rows of vertex, got 1000000000000',
    ],
    [
      'a count beyond all integers',
      header(`element face ${'9'.repeat(20)}`),
      `3: expected at most 9007199254740991 rows of face, got ${'9'.repeat(20)}`,
    ],
    [
      'an element that comes twice',
      header('element vertex 1', 'element vertex 1'),
      '4: expected one element vertex, got two',
    ],
    [
      'a property without element',
      header('property float x'),
      '3: expected an element, then property, its type and its name, got "property float x"',
    ],
    [
      'a property without type',
      header('element vertex 1', 'property x'),
      '4: expected an element, then property, its type and its name, got "property x"',
    ],
    ['an unknown type', header('element vertex 1', 'property int64 x'), `4: expected a type of ${TYPES}, got "int64"`],
    [
      'a list of an unknown type',
      header('element face 1', 'property list uchar bool x'),
      `4: expected a type of ${TYPES}, got "bool"`,
    ],
    [
      'a list with a real length',
      header('element face 1', 'property list float int x'),
      '4: expected an integer type for the length of a list, got float',
    ],
    [
      'a property that comes twice',
      header('element vertex 1', 'property float x', 'property float x'),
      '5: expected one property x of vertex, got two',
    ],
    [
      'no vertices',
      header('element face 1', 'property int a', 'end_header'),
      '5: expected an element vertex, got none',
    ],
    [
      'a missing coordinate',
      header(...xyz.slice(0, 3), 'property int w', 'end_header'),
      '7: expected a property z of vertex, got only x, y, w',
    ],
    [
      'a coordinate that is a list',
      header(...xyz.slice(0, 3), 'property list int float z', 'end_header'),
      '7: expected one number for property z of vertex, got a list',
    ],
    [
      'a missing species',
      header(...xyz, 'end_header'),
      '7: expected a property kind of vertex, got only x, y, z',
      { species: 'kind' },
    ],
    [
      'a coordinate for a species',
      header(...xyz, 'end_header'),
      '7: expected a species beside x, y and z, got x',
      { species: 'x' },
    ],
    [
      'a missing label',
      header(...xyz, 'end_header'),
      '7: expected comment label with an integer from 0 to 255, as the first has (option label; classes for words), got none',
      { label: 'label' },
    ],
    [
      'a label of another kind',
      header('comment label cat', ...xyz, 'end_header'),
      '8: expected comment label with an integer from 0 to 255, as the first has (option label; classes for words), got "cat"',
      { label: 'label' },
    ],
    ['a header without end', header(...xyz), '6: expected end_header, got the end of the file'],
    [
      'a value too few',
      header(...xyz, 'end_header', '1 2'),
      '8: vertex 0: expected a value of z, got the end of the line',
    ],
    ['a value too many', header(...xyz, 'end_header', '1 2 3 4'), '8: vertex 0: expected the end of the line, got "4"'],
    [
      'a value that is no number',
      header(...xyz, 'end_header', '1 two 3'),
      '8: vertex 0: expected a finite float for y, got "two"',
    ],
    [
      'a value that is not finite',
      header(...xyz, 'end_header', '1 2 nan'),
      '8: vertex 0: expected a finite float for z, got "nan"',
    ],
    [
      'a value out of the range of its type',
      header(...xyz, 'end_header', '1e39 2 3'),
      '8: vertex 0: expected a finite float for x, got "1e39"',
    ],
    [
      'missing vertices',
      header(...xyz, 'end_header').replace('vertex 1', 'vertex 2') + '1 2 3\n',
      '8: expected 2 vertices, got 1: the file is cut off',
    ],
    [
      'missing rows after what may be one of them',
      `${header(...xyz, 'property float w', 'element face 3', 'property list uchar int i', 'end_header')}3 0 1 2\n3 0 1 2\n`,
      '12: expected 2 more lines of other elements, got none: the file is cut off, or has other vertices than it announces',
    ],
    [
      'missing rows after a vertex that may be cut off',
      `${header(...xyz, 'element face 3', 'property list uchar int i', 'end_header')}1 2 3`,
      '10: expected 3 more lines of other elements, got none: the file is cut off, or has other vertices than it announces',
    ],
    [
      'rows too many',
      `${header(...xyz, 'end_header')}1 2 3\n\n4 5 6\n`,
      '10: expected the end of the file, got "4 5 6"',
    ],
    [
      'an integer with a fraction',
      `${header(...xyz, 'property uchar k', 'end_header')}1 2 3 1.5\n`,
      '9: vertex 0: expected an integer for k, got "1.5"',
      { species: 'k' },
    ],
    [
      'an integer out of the range of its type',
      `${header(...xyz, 'property uchar k', 'end_header')}1 2 3 256\n`,
      '9: vertex 0: expected an integer for k, got "256"',
      { species: 'k' },
    ],
    [
      'a species with a fraction',
      `${header(...xyz, 'property float k', 'end_header')}1 2 3 0.5\n`,
      '9: vertex 0: expected an integer for k, got "0.5"',
      { species: 'k' },
    ],
    [
      'a list of a negative length',
      `${header(...xyz, 'property list char int l', 'end_header')}1 2 3 -1\n`,
      '9: vertex 0: expected the length of the list l, got "-1"',
    ],
    [
      'a list that ends too early',
      `${header(...xyz, 'property list char int l', 'end_header')}1 2 3 2 7\n`,
      '9: vertex 0: expected a value of l, got the end of the line',
    ],
  ])('rejects %s', (_, text, message, options) => {
    for (const chunkBytes of [1, 1000])
      expect(() => cloudOf(text, options, chunkBytes)).toThrow(badData(`a.ply:${message}`));
  });

  describe.each(['binary_little_endian', 'binary_big_endian'] as const)('%s', (format) => {
    const rows = [[1, 2, 3, 1], [4, 5, 6, 2]]; // prettier-ignore
    const properties = ['float x', 'float y', 'double z', 'float kind'];
    const start = plyFile(format, [{ name: 'vertex', properties, rows: [] }]).length;
    const file = (wrong: Record<number, number>): Uint8Array =>
      plyFile(format, [
        { name: 'vertex', properties, rows: [rows[0]!, rows[1]!.map((value, i) => wrong[i] ?? value)] },
      ]);

    it('names byte and vertex of what is wrong', () => {
      for (const chunkBytes of [1, 7, 1000]) {
        const read = (wrong: Record<number, number>) => (): unknown =>
          cloudOf(file(wrong), { species: 'kind' }, chunkBytes);
        expect(read({ 1: Number.NaN })).toThrow(
          badData(`a.ply: byte ${start + 24}: vertex 1: expected a finite float for y, got NaN`),
        );
        expect(read({ 2: -Infinity })).toThrow(
          badData(`a.ply: byte ${start + 28}: vertex 1: expected a finite double for z, got -Infinity`),
        );
        expect(read({ 3: 1.5 })).toThrow(
          badData(`a.ply: byte ${start + 36}: vertex 1: expected an integer for kind, got 1.5`),
        );
        expect(read({})()).toMatchObject({ species: ['1', '2'] });
      }
    });

    it('says where a file ends too early or too late', () => {
      const whole = file({});
      const end = start + 40;
      expect(whole).toHaveLength(end);
      for (const chunkBytes of [1, 7, 1000]) {
        expect(() => cloudOf(whole.slice(0, -3), {}, chunkBytes)).toThrow(
          badData(`a.ply: byte ${end - 3}: expected 2 vertices, got 1: the file is cut off`),
        );
        expect(() => cloudOf(Uint8Array.of(...whole, ...whole.slice(start, start + 20)), {}, chunkBytes)).toThrow(
          /^a\.ply: byte \d+: expected the end of the file, got more bytes$/,
        );
        for (const padding of [[10], [0, 1, 2], Array<number>(100).fill(0), Array<number>(19).fill(255)]) {
          expect(cloudOf(Uint8Array.of(...whole, ...padding), {}, chunkBytes)).toEqual(cloudOf(whole));
        }
        const cut = triangle(format).slice(0, -5);
        expect(() => cloudOf(cut, {}, chunkBytes)).toThrow(
          badData(`a.ply: byte ${cut.length}: expected more bytes of other elements, got none: the file is cut off`),
        );
      }
    });

    it('rejects a list of a negative length', () => {
      const list = { name: 'list', properties: ['short a', 'list char int items'], rows: [[1, []], [2, []]] }; // prettier-ignore
      const vertex = { name: 'vertex', properties, rows };
      const bytes = plyFile(format, [list, vertex]);
      const at = bytes.length - 40 - 1;
      expect(() => cloudOf(bytes.with(at, 0xff))).toThrow(
        badData(`a.ply: byte ${at}: list 1: expected the length of the list items, got -1`),
      );
    });
  });
});
