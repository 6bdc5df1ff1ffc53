import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { makeEnvironment, PythonServer } from './python.mjs';

const SERVER = fileURLToPath(new URL('./sklearnServer.py', import.meta.url));
const REQUIREMENT = 'scikit-learn==1.*';
const PIECE = 2 ** 26;

/** scikit-learn on one thread, with the rows at hand, in a process of its own. */
export class Sklearn {
  version = '';
  /** @type {string} */
  #folder;
  /** @type {PythonServer} */
  #server;

  /**
   * @param {string} folder
   * @param {string} python
   */
  constructor(folder, python) {
    this.#folder = folder;
    this.#server = new PythonServer(python, SERVER);
  }

  /**
   * @param {string | undefined} python an interpreter that has scikit-learn; without one an environment is made, and thrown away at the end
   * @returns {Promise<Sklearn>}
   */
  static async start(python) {
    const folder = await mkdtemp(join(tmpdir(), 'soapstream-sklearn-'));
    try {
      const sklearn = new Sklearn(folder, python ?? makeEnvironment(folder, REQUIREMENT));
      ({ version: sklearn.version } = await sklearn.#server.ask({ version: true }));
      return sklearn;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param {Float32Array | Float64Array} rows @param {number} columns */
  async load(rows, columns) {
    const load = join(this.#folder, 'rows');
    const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
      bytes.subarray(i * PIECE, (i + 1) * PIECE),
    );
    await pipeline(Readable.from(pieces), createWriteStream(load));
    await this.#server.ask({ load, columns, dtype: rows instanceof Float32Array ? 'f4' : 'f8' });
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
    const found = join(this.#folder, 'found');
    const times = await this.#server.ask({ ...request, found });
    const { buffer, byteOffset, byteLength } = await readFile(found);
    return { ...times, found: new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
  }

  async close() {
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
