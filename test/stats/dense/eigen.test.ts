import { describe, expect, it } from 'vitest';
import { largestEigen } from '#dist/stats/dense/blockLanczos.js';
import { type DenseVariant, instantiate } from '#dist/stats/dense/instantiate.js';
import { symmetricEigen } from '#dist/stats/dense/symmetricEigen.js';
import { SymmetricMatrix } from '#dist/stats/dense/symmetricMatrix.js';
import { tridiagonalVectors } from '#dist/stats/dense/tridiagonalVectors.js';
import { Workspace } from '#dist/stats/dense/workspace.js';
import { finished } from '#dist/stats/steps.js';
import { largestDifference, randomMatrix } from '../matrices.js';
import { errorsOf, given, gramOf, withEigenvalues } from './matrices.js';

/** Some ε of the largest eigenvalue, times the root of the order: what rounding leaves of reflections and rotations. */
const tolerance = (order: number): number => 4 * Number.EPSILON * Math.sqrt(order);

describe.each<DenseVariant>(['plain', 'wasm', 'wasmRelaxed'])('symmetricEigen, %s', (variant) => {
  it.each([1, 2, 3, 8, 37, 60])('gives eigenvalues and orthonormal eigenvectors of order %i', (order) => {
    const workspace = new Workspace(instantiate(variant));
    const matrix = gramOf(workspace, order, randomMatrix(order + 3, order, order));
    const { values, vectors } = finished(symmetricEigen(workspace, given(workspace, order, matrix), order));
    const { residual, orthogonality } = errorsOf(matrix, values, workspace.valuesOf(vectors));
    expect(residual / values[0]!).toBeLessThan(tolerance(order));
    expect(orthogonality).toBeLessThan(4 * tolerance(order));
    expect(values).toEqual(values.toSorted().toReversed());
  });

  it('finds eigenvalues that are given, multiple and tiny ones too, at any scale', () => {
    const eigenvalues = [5, 2, 2, 2, 1, 1e-3, 1e-3, 1e-9, 1e-20, 0, 0, 0];
    for (const scale of [1, 2 ** 600, 2 ** -600]) {
      const workspace = new Workspace(instantiate(variant));
      const matrix = withEigenvalues(eigenvalues, randomMatrix(5, 12, 1)).map((x) => x * scale);
      const { values, vectors } = finished(symmetricEigen(workspace, given(workspace, 12, matrix), 12));
      expect(
        largestDifference(
          values.map((x) => x / scale),
          eigenvalues,
        ),
      ).toBeLessThan(5 * tolerance(12));
      expect(errorsOf(matrix, values, workspace.valuesOf(vectors)).orthogonality).toBeLessThan(4 * tolerance(12));
    }
  });
});

describe('few eigenvectors of many', () => {
  const order = 96;
  it.each<readonly [string, (i: number) => number]>([
    ['that are apart', (i) => 0.8 ** i],
    ['that are close', (i) => 1 - 1e-9 * i],
    ['in groups of five equal ones', (i) => 1 / (1 + Math.floor(i / 5))],
    ['of which all but three are 0', (i) => (i < 3 ? 3 - i : 0)],
    ['that are all the same', () => 2],
  ])('are those of a full decomposition, for eigenvalues %s', (_, valueOf) => {
    const eigenvalues = Array.from({ length: order }, (__, i) => valueOf(i));
    const matrix = withEigenvalues(eigenvalues, randomMatrix(7, order, 5));
    const workspace = new Workspace();
    const { values, vectors } = finished(symmetricEigen(workspace, given(workspace, order, matrix), order / 8));
    const { residual, orthogonality } = errorsOf(matrix, values, workspace.valuesOf(vectors));
    expect(largestDifference(values, eigenvalues)).toBeLessThan(4 * tolerance(order) * values[0]!);
    expect(residual).toBeLessThan(4 * tolerance(order) * values[0]!);
    expect(orthogonality).toBeLessThan(4 * tolerance(order));
  });

  it('are refused where eigenvalues are none', () => {
    const [diagonal, beside] = [randomMatrix(1, order, 6), randomMatrix(1, order, 7)];
    const vectors = new Float64Array(order);
    expect(finished(tridiagonalVectors(diagonal, beside, 1, Float64Array.of(100), vectors))).toBe(false);
  });
});

describe('largestEigen', () => {
  const order = 240;
  const spectra: Readonly<Record<string, (i: number) => number>> = {
    'that fall fast': (i) => 0.7 ** i,
    'that fall slowly': (i) => 1 / (1 + i),
    'in groups of twelve equal ones': (i) => 1 / (1 + Math.floor(i / 12)),
    'of a plateau': (i) => (i < 3 ? 4 - i : 1),
    'of rank two': (i) => (i < 2 ? 2 - i : 0),
  };

  it.each(Object.entries(spectra))('finds the largest eigenvalues %s', (_, valueOf) => {
    const eigenvalues = Array.from({ length: order }, (__, i) => valueOf(i));
    const sum = eigenvalues.reduce((total, value) => total + value, 0);
    const matrix = withEigenvalues(eigenvalues, randomMatrix(9, order, 2)).map((x) => x / sum);
    const workspace = new Workspace();
    const operator = new SymmetricMatrix(workspace, given(workspace, order, matrix));
    const found = finished(largestEigen(workspace, operator, 6, 10 * order))!;
    const expected = eigenvalues.slice(0, 6).map((value) => value / sum);
    expect(largestDifference(found.values, expected)).toBeLessThan(4 * tolerance(order) * expected[0]!);
    const { residual, orthogonality } = errorsOf(matrix, found.values, workspace.valuesOf(found.vectors));
    expect(residual).toBeLessThan(4 * tolerance(order) * expected[0]!);
    expect(orthogonality).toBeLessThan(4 * tolerance(order));
  });

  it('gives up where eigenvalues are so close that it would take longer than all of them', () => {
    const matrix = withEigenvalues(
      Array.from({ length: order }, (_, i) => (1 - (i / order) ** 2 / 100) / order),
      randomMatrix(5, order, 3),
    );
    const workspace = new Workspace();
    const operator = new SymmetricMatrix(workspace, given(workspace, order, matrix));
    expect(finished(largestEigen(workspace, operator, 3, order))).toBeUndefined();
  });

  it('gives the same bytes again', () => {
    const [one, other] = [1, 2].map(() => {
      const workspace = new Workspace();
      const matrix = withEigenvalues(
        Array.from({ length: order }, (_, i) => 0.8 ** i),
        randomMatrix(3, order, 4),
      );
      const { values, vectors } = finished(
        largestEigen(workspace, new SymmetricMatrix(workspace, given(workspace, order, matrix)), 4, 10 * order),
      )!;
      return [values, workspace.valuesOf(vectors)];
    });
    expect(one).toEqual(other);
  });
});
