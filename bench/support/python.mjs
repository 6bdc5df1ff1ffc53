import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** A Python process on one thread that waits while it is not asked; questions and answers are JSON, a line each. */
export class PythonServer {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  /** @type {AsyncIterator<string>} */
  #answers;

  /**
   * @param {string} python the interpreter
   * @param {string} script
   */
  constructor(python, script) {
    this.#process = spawn(python, [script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...ONE_THREAD },
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @param {object} request @returns {Promise<any>} */
  async ask(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(' ')}: the Python process has ended`);
    return JSON.parse(value);
  }

  close() {
    this.#process.stdin.end();
  }
}

/**
 * @param {string} folder
 * @param {...string} requirements of pip
 * @returns {string} the interpreter of a new environment with the packages in it
 */
export function makeEnvironment(folder, ...requirements) {
  const environment = join(folder, 'venv');
  const stdio = ['ignore', 'ignore', 'inherit'];
  console.log(`installing ${requirements.join(', ')} in ${environment}`);
  execFileSync('python3', ['-m', 'venv', environment], { stdio });
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...requirements], { stdio });
  return python;
}
