import { readFileSync } from 'node:fs';
import type { Average, RadialOptions, SoapOptions } from '#dist/soap/index.js';
import { mnistCloud } from '../support/mnist.js';

/** The cases of a file in test/data, in the shape that its README gives. */
function readCases<Case>(name: string): Case[] {
  const { cases }: { cases: Case[] } = JSON.parse(
    readFileSync(new URL(`../data/${name}.json`, import.meta.url), 'utf8'),
  );
  return cases;
}

/** α and β in high precision, rounded to float64. */
export interface BasisCase extends RadialOptions {
  readonly alpha: number[][];
  readonly beta: number[][][];
}

export function basisCases(name: 'gto-basis' | 'gto-basis-exact'): BasisCase[] {
  return readCases(name);
}

/** Expected rows for some centres of a cloud. */
export interface RowsCase {
  readonly name: string;
  readonly options: SoapOptions & RadialOptions;
  readonly points: Float64Array;
  readonly species: readonly number[] | undefined;
  readonly centers: Float64Array;
  readonly rows: readonly number[][];
}

interface DscribeCase {
  readonly name: string;
  readonly options: Omit<SoapOptions & RadialOptions, 'average'>;
  readonly average: Average;
  readonly points?: number[][];
  readonly species?: number[];
  readonly mnist?: { split: 'train' | 'test'; index: number };
  readonly centers: number[][];
  readonly expected: number[][];
}

/** The rows of DScribe. */
export function dscribeCases(): RowsCase[] {
  return readCases<DscribeCase>('soap').map(
    ({ name, options, average, points, species, mnist, centers, expected }) => ({
      name,
      options: { ...options, average },
      points: mnist === undefined ? Float64Array.from(points!.flat()) : mnistCloud(mnist.split, mnist.index),
      species,
      centers: Float64Array.from(centers.flat()),
      rows: expected,
    }),
  );
}

interface ExactCase {
  readonly name: string;
  readonly options: SoapOptions & RadialOptions;
  readonly points?: number[][];
  readonly mnist?: number;
  readonly center: number[];
  readonly expected: number[];
}

/** Rows in 60-digit arithmetic. */
export function exactCases(): RowsCase[] {
  return readCases<ExactCase>('soap-exact').map(({ name, options, points, mnist, center, expected }) => ({
    name,
    options,
    points: mnist === undefined ? Float64Array.from(points!.flat()) : mnistCloud('train', mnist),
    species: undefined,
    centers: Float64Array.from(center),
    rows: [expected],
  }));
}

/** Rows and derivatives of DScribe. */
export interface DerivativesCase {
  readonly name: string;
  readonly method: 'analytical' | 'numerical';
  readonly options: SoapOptions & RadialOptions;
  readonly points: Float64Array;
  readonly species: readonly number[];
  readonly centers: Float64Array;
  readonly attach: readonly number[];
  readonly rows: readonly number[];
  readonly derivatives: readonly number[];
}

interface StoredDerivativesCase extends Omit<DerivativesCase, 'points' | 'centers' | 'rows' | 'derivatives'> {
  readonly points: number[][];
  readonly centers: number[][];
  readonly rows: number[][];
  readonly derivatives: number[][][][];
}

export function derivativesCases(): DerivativesCase[] {
  return readCases<StoredDerivativesCase>('derivatives').map(
    ({ name, method, options, points, species, centers, attach, rows, derivatives }) => ({
      name,
      method,
      options,
      points: Float64Array.from(points.flat()),
      species,
      centers: Float64Array.from(centers.flat()),
      attach,
      rows: rows.flat(),
      derivatives: derivatives.flat(3),
    }),
  );
}
