import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./dscribeServer.py', import.meta.url));
const REQUIREMENT = 'dscribe==2.1.*';
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** DScribe in a Python process that waits while it is not asked, with the clouds of all cases. */
export class DScribe {
  version = '';
  /** @type {string} */
  #folder;
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  /** @type {AsyncIterator<string>} */
  #answers;

  /**
   * @param {string} folder
   * @param {string} python
   */
  constructor(folder, python) {
    this.#folder = folder;
    this.#process = spawn(python, [SERVER], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...ONE_THREAD },
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
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
      const dscribe = new DScribe(folder, python ?? makeEnvironment(folder));
      ({ version: dscribe.version } = await dscribe.#ask({ load: file }));
      return dscribe;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param {number} index of a case @returns {Promise<number>} seconds for all its clouds, every point a centre */
  async seconds(index) {
    return (await this.#ask({ time: index })).seconds;
  }

  /**
   * @param {number} index of a case
   * @param {number} cloud
   * @param {readonly number[]} centers indices of its points
   * @returns {Promise<number[][]>}
   */
  async rows(index, cloud, centers) {
    return (await this.#ask({ rows: index, cloud, centers })).rows;
  }

  async close() {
    this.#process.stdin.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error('DScribe: the Python process has ended');
    return JSON.parse(value);
  }
}

/** @param {string} folder @returns {string} the interpreter of a new environment with DScribe in it */
function makeEnvironment(folder) {
  const environment = join(folder, 'venv');
  const stdio = ['ignore', 'ignore', 'inherit'];
  console.log(`installing ${REQUIREMENT} in ${environment}`);
  execFileSync('python3', ['-m', 'venv', environment], { stdio });
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', REQUIREMENT], { stdio });
  return python;
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
