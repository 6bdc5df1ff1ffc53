import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PythonPeer } from './python.mjs';

const REQUIREMENT = 'dscribe==2.1.*';

/** DScribe with the clouds of all cases, in a process of its own. */
export class DScribe extends PythonPeer {
  /**
   * @param {readonly import('./cases.mjs').Case[]} cases
   * @param {string | undefined} python an interpreter that has dscribe; without one an environment is made, and thrown away at the end
   * @returns {Promise<DScribe>}
   */
  static async start(cases, python) {
    return this.open('dscribeServer.py', REQUIREMENT, python, async (folder) => {
      const load = join(folder, 'cases.json');
      await writeFile(load, JSON.stringify(cases.map(forPython)));
      return { load };
    });
  }

  /** @param {number} index of a case @returns {Promise<number>} seconds for all its clouds, every point a centre */
  async seconds(index) {
    return (await this.server.ask({ time: index })).seconds;
  }

  /**
   * @param {number} index of a case
   * @param {number} cloud
   * @param {readonly number[]} centers indices of its points
   * @returns {Promise<number[][]>}
   */
  async rows(index, cloud, centers) {
    return (await this.server.ask({ rows: index, cloud, centers })).rows;
  }

  /** @param {number} index of a case @returns {Promise<number>} seconds for rows and derivatives of all its clouds */
  async derivativesSeconds(index) {
    return (await this.server.ask({ differentiate: index })).seconds;
  }

  /**
   * @param {number} index of a case
   * @param {number} cloud
   * @returns {Promise<number[][]>} for each centre, point and axis
   */
  async derivatives(index, cloud) {
    return (await this.server.ask({ derivatives: index, cloud })).rows;
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
