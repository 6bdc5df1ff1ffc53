import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PythonPeer } from './python.mjs';

const REQUIREMENT = 'torch==2.*';

/** PyTorch with the data and the first weights of all trainings, in a process of its own. */
export class Torch extends PythonPeer {
  /**
   * @param {readonly import('./trainings.mjs').Training[]} trainings
   * @param {string | undefined} python an interpreter that has torch; without one an environment is made, and thrown away at the end
   * @returns {Promise<Torch>}
   */
  static async start(trainings, python) {
    return this.open('torchServer.py', REQUIREMENT, python, async (folder) => {
      const specs = await Promise.all(trainings.map((training, i) => write(training, join(folder, String(i)))));
      const load = join(folder, 'trainings.json');
      await writeFile(load, JSON.stringify(specs));
      return { load };
    });
  }

  /** @param {number} index of a training @returns {Promise<{ seconds: number, losses: number[] }>} */
  epoch(index) {
    return this.server.ask({ epoch: index });
  }
}

/** @param {import('./trainings.mjs').Training} training @param {string} path what the names of its files begin with */
async function write({ widths, rectified, dropout, batchSize, learningRate, features, labels, weights }, path) {
  const files = { features: `${path}.features`, weights: `${path}.weights`, labels: labels ? `${path}.labels` : null };
  await writeFile(files.features, features);
  await writeFile(files.weights, weights);
  if (labels) await writeFile(files.labels, labels);
  return { widths, rectified, dropout, batchSize, learningRate, ...files };
}
