import { describe, expect, it } from 'vitest';
import { isNotFinite, parseDecimal } from '#dist/clouds/decimal.js';
import { randomNumbers } from '../support/batches.js';
import { bytesOf } from '../support/cloudFiles.js';

/** As it stands in a line: something before, something after. */
function parse(text: string): number {
  const bytes = bytesOf(`7${text}7`);
  return parseDecimal(bytes, 1, bytes.length - 1);
}

const random = randomNumbers(1);
const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(10 * random())).join('');

describe('parseDecimal', () => {
  it('gives the same float64 as Number, bit by bit, for decimals of every shape', () => {
    for (let i = 0; i < 100_000; i++) {
      const sign = ['', '-', '+'][i % 3]!;
      const whole = digits(Math.floor(random() * (i % 7 === 0 ? 25 : 4)));
      const fraction =
        whole === '' || i % 5 > 0 ? `.${digits(1 + Math.floor(random() * (i % 11 === 0 ? 25 : 9)))}` : '';
      const exponent = i % 4 === 0 ? `e${Math.floor(random() * 700 - 350)}` : i % 4 === 1 ? `E+${i % 25}` : '';
      const text = sign + whole + fraction + exponent;
      expect(Object.is(parse(text), Number(text)), text).toBe(true);
    }
  });

  it('gives back every float64 from its shortest text', () => {
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 50_000; i++) {
      view.setUint32(0, random() * 2 ** 32);
      view.setUint32(4, random() * 2 ** 32);
      const value = view.getFloat64(0);
      if (Number.isFinite(value)) expect(Object.is(parse(`${value}`), value), `${value}`).toBe(true);
    }
  });

  it.each([
    [
      'digits up to 2^53 and beyond',
      ['9007199254740991', '9007199254740992', '9007199254740993', '90071992547409930.1'],
    ],
    ['powers of ten up to 10^22 and beyond', ['1e22', '1e23', '3e-22', '3e-23', '123456789012345e22', '8.5e-23']],
    ['halfway cases', ['9007199254740993.0', '1.00000000000000011102230246251565', '2.2250738585072011e-308']],
    ['the ends of the range', ['1.7976931348623157e308', '5e-324', '2e-324', '0e999', '1e-999']],
    ['zeros', ['0', '-0', '-0.000', '+0.0e5', '000', '00012.50', '.5', '5.', '-.5']],
  ])('agrees with Number on %s', (_, texts) => {
    for (const text of texts) expect(Object.is(parse(text), Number(text)), text).toBe(true);
  });

  it('reads the exponents of Fortran', () => {
    expect([parse('1.0D-3'), parse('-2.5d+02'), parse('1D5'), parse('1.2345678901234567D+300')]).toEqual([
      0.001, -250, 1e5, 1.2345678901234567e300,
    ]);
  });

  it('goes to infinity beyond the range', () => {
    expect([parse('1e309'), parse('-1e400'), parse('1e99999999999999999999')]).toEqual([Infinity, -Infinity, Infinity]);
  });

  it.each(
    [
      ['', '+', '-', '.', '-.', 'e5', '1e', '1e+', '1e-', '1e5.', '1e5x', '--1', '1-', '1+1', '1.2.3', '1,5', '1_000'],
      ['nan', 'NaN', 'inf', '-inf', 'Infinity', '0x10', '1f', 'H', ' 1', '1 ', '١', '1ee5', '1de5'],
    ].flat(),
  )('takes %j for no number', (text) => {
    expect(parse(text)).toBeNaN();
  });
});

describe('isNotFinite', () => {
  it.each(['nan', '-NaN', 'nan(ind)', 'inf', '+Infinity', '-INF', '1.#QNAN', '-1.#IND00', '1.#INF', '1e999'])(
    'takes %s for a number',
    (text) => expect(isNotFinite(bytesOf(text), 0, text.length)).toBe(true),
  );

  it.each(['1', 'x', 'na', 'nano', '', '1.#', '***', 'information'])('takes %j for none', (text) =>
    expect(isNotFinite(bytesOf(text), 0, text.length)).toBe(false),
  );
});

it('reads the exponents of Mathematica', () => {
  for (const [text, value] of [
    ['2.5*^-6', 2.5e-6],
    ['-1.*^3', -1000],
    ['1*^300', 1e300],
    ['0.1*^+2', 10],
  ] as const) {
    expect(parse(text), text).toBe(value);
  }
  for (const text of ['1*6', '1*^', '1^6', '1*^x', '*^6']) expect(parse(text), text).toBeNaN();
});
