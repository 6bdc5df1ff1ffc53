import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelName, powerSpectrum, powerSpectrumDerivatives } from '#dist/soap/index.js';
import { type Bundle, bundlePage } from '../support/bundle.js';

/** What a page does with the package. */
const PAGE = `import { powerSpectrum, powerSpectrumDerivatives } from 'soapstream/soap';
globalThis.soap = { powerSpectrum, powerSpectrumDerivatives };`;

const options = { rCut: 4, nMax: 4, lMax: 5, sigma: 0.5 };
const points = Float64Array.from({ length: 90 }, (_, i) => 3 * Math.sin(i * i));
const centers = points.slice(0, 9);
const given = { cell: { vectors: [6, 0, 0, 1, 7, 0, 0, 2, 8] } };

let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundlePage(PAGE);
});

type Soap = { powerSpectrum: typeof powerSpectrum; powerSpectrumDerivatives: typeof powerSpectrumDerivatives };

/** The package in a realm that has what the language has, and of a browser's globals those given. */
function inRealm(globals: object, settings?: { codeGeneration: { wasm: boolean } }): Soap {
  const realm = createContext({ ...globals }, settings) as { soap: Soap };
  runInContext(bundle.code, realm);
  return realm.soap;
}

describe('soapstream/soap, bundled for a browser', () => {
  it('asks for nothing of Node, without a warning', () => {
    expect(bundle.warnings).toEqual([]);
    expect(bundle.imports).toEqual([]);
    expect(bundle.code).not.toMatch(/\bimport\b|\brequire\b|node:|readFileSync/);
  });

  it.each(['auto', 'wasmRelaxed', 'wasm', 'plain'] as const)('gives the rows of Node, byte by byte: %s', (kernel) => {
    const soap = inRealm({ atob });
    const expected = powerSpectrum(points, centers, { ...options, kernel }, given);
    expect(Array.from(soap.powerSpectrum(points, centers, { ...options, kernel }, given))).toEqual([...expected]);
    const derivatives = powerSpectrumDerivatives(points, centers, { ...options, kernel }, given);
    const actual = soap.powerSpectrumDerivatives(points, centers, { ...options, kernel }, given);
    expect(Array.from(actual.derivatives)).toEqual([...derivatives.derivatives]);
  });

  it.each([
    ['may not compile WebAssembly', { atob }, { codeGeneration: { wasm: false } }],
    ['has none', { atob, WebAssembly: undefined }, undefined],
  ])('takes the plain kernel where the page %s', (_, globals, settings) => {
    const soap = inRealm(globals, settings);
    const plain = powerSpectrum(points, centers, { ...options, kernel: 'plain' }, given);
    expect(Array.from(soap.powerSpectrum(points, centers, options, given))).toEqual([...plain]);
    const ask = (kernel: KernelName) => () => soap.powerSpectrum(points, centers, { ...options, kernel }, given);
    expect(ask('wasm')).toThrow('kernel: expected one that this engine can run, got wasm');
  });
});
