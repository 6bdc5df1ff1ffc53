import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeEnvironment, PythonServer } from './python.mjs';

const SERVER = fileURLToPath(new URL('./torchServer.py', import.meta.url));
const REQUIREMENT = 'torch==2.*';

/** PyTorch with the data and the first weights of all trainings, in a process of its own. */
export class Torch {
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
   * @param {readonly import('./trainings.mjs').Training[]} trainings
   * @param {string | undefined} python an interpreter that has torch; without one an environment is made, and thrown away at the end
   * @returns {Promise<Torch>}
   */
  static async start(trainings, python) {
    const folder = await mkdtemp(join(tmpdir(), 'soapstream-torch-'));
    try {
      const specs = await Promise.all(trainings.map((training, i) => write(training, join(folder, String(i)))));
      const file = join(folder, 'trainings.json');
      await writeFile(file, JSON.stringify(specs));
      const torch = new Torch(folder, python ?? makeEnvironment(folder, REQUIREMENT));
      ({ version: torch.version } = await torch.#server.ask({ load: file }));
      return torch;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param {number} index of a training @returns {Promise<{ seconds: number, losses: number[] }>} */
  epoch(index) {
    return this.#server.ask({ epoch: index });
  }

  async close() {
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
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
