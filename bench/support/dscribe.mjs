import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment, PythonServer } from './python.mjs';

const SERVER = fileURLToPath(new URL('./dscribeServer.py', import.meta.url));
const REQUIREMENT = 'dscribe==2.1.*';

/** DScribe with the clouds of all cases, in a process of its own. */
export class DScribe {
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
   * @param {readonly import('./cases.mjs').Case[]} cases
   * @param {string | undefined} python an interpreter that has dscribe; without one an environment is made, and thrown away at the end
   * @returns {Promise<DScribe>}
   */
  static async start(cases, python) {
    const folder = await mkdtemp(join(tmpdir(), 'soapstream-dscribe-'));
    try {
      const file = join(folder, 'cases.json');
      await writeFile(file, JSON.stringify(cases.map(forPython)));
      const dscribe = new DScribe(folder, python ?? makeEnvironment(folder, REQUIREMENT));
      ({ version: dscribe.version } = await dscribe.#server.ask({ load: file }));
      return dscribe;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param {number} index of a case @returns {Promise<number>} seconds for all its clouds, every point a centre */
  async seconds(index) {
    return (await this.#server.ask({ time: index })).seconds;
  }

  /**
   * @param {number} index of a case
   * @param {number} cloud
   * @param {readonly number[]} centers indices of its points
   * @returns {Promise<number[][]>}
   */
  async rows(index, cloud, centers) {
    return (await this.#server.ask({ rows: index, cloud, centers })).rows;
  }

  /** @param {number} index of a case @returns {Promise<number>} seconds for rows and derivatives of all its clouds */
  async derivativesSeconds(index) {
    return (await this.#server.ask({ differentiate: index })).seconds;
  }

  /**
   * @param {number} index of a case
   * @param {number} cloud
   * @returns {Promise<number[][]>} for each centre, point and axis
   */
  async derivatives(index, cloud) {
    return (await this.#server.ask({ derivatives: index, cloud })).rows;
  }

  async close() {
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** @param {import('./cases.mjs').Case} benchmark */
function forPython({ options, symbols, clouds }) {
  return {
    symbols,
    options,
    clouds: clouds.map(({ points, species }) => ({
      points: Array.from({ length: points.length / 3 }, (_, i) => Array.from(points.subarray(3 * i, 3 * i + 3))),
      species: species ? Array.from(species) : Array.from({ length: points.length / 3 }, () => 0),
    })),
  };
}
