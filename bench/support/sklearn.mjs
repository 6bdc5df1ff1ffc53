import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PythonPeer } from './python.mjs';

const REQUIREMENT = 'scikit-learn==1.*';
const PIECE = 2 ** 26;

/** scikit-learn on one thread, with the rows at hand, in a process of its own. */
export class Sklearn extends PythonPeer {
  /**
   * @param {string | undefined} python an interpreter that has scikit-learn; without one an environment is made, and thrown away at the end
   * @returns {Promise<Sklearn>}
   */
  static async start(python) {
    return this.open('sklearnServer.py', REQUIREMENT, python, async () => ({ version: true }));
  }

  /** @param {Float32Array | Float64Array} rows @param {number} columns */
  async load(rows, columns) {
    const load = join(this.folder, 'rows');
    const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
      bytes.subarray(i * PIECE, (i + 1) * PIECE),
    );
    await pipeline(Readable.from(pieces), createWriteStream(load));
    await this.server.ask({ load, columns, dtype: rows instanceof Float32Array ? 'f4' : 'f8' });
    await rm(load);
  }

  /**
   * @param {number} components
   * @param {string} solver
   * @returns {Promise<{ cpu: number, wall: number, variances: Float64Array, components: Float64Array }>} seconds, and what was found
   */
  async pca(components, solver) {
    const { found, ...times } = await this.#fit({ pca: components, solver });
    return { ...times, variances: found.slice(0, components), components: found.slice(components) };
  }

  /** @returns {Promise<{ cpu: number, wall: number, centers: Float64Array, scales: Float64Array }>} */
  async robustScaler() {
    const { found, ...times } = await this.#fit({ robust: true });
    return { ...times, centers: found.slice(0, found.length / 2), scales: found.slice(found.length / 2) };
  }

  async #fit(request) {
    const found = join(this.folder, 'found');
    const times = await this.server.ask({ ...request, found });
    const { buffer, byteOffset, byteLength } = await readFile(found);
    return { ...times, found: new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
  }
}
