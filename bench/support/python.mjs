import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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

/** A peer in a Python process of its own, with a folder for its data. */
export class PythonPeer {
  version = '';
  /** @type {string} */
  folder;
  /** @type {PythonServer} */
  server;

  /** @param {string} folder @param {PythonServer} server */
  constructor(folder, server) {
    this.folder = folder;
    this.server = server;
  }

  /**
   * @param {string} script beside this file
   * @param {string} requirement of pip
   * @param {string | undefined} python an interpreter that has it; without one an environment is made, and thrown away at the end
   * @param {(folder: string) => Promise<object>} prepare writes the data. @returns the first request, which is answered with the version
   */
  static async open(script, requirement, python, prepare) {
    const folder = await mkdtemp(join(tmpdir(), 'soapstream-peer-'));
    try {
      const request = await prepare(folder);
      const interpreter = python ?? makeEnvironment(folder, requirement);
      const peer = new this(folder, new PythonServer(interpreter, fileURLToPath(new URL(script, import.meta.url))));
      ({ version: peer.version } = await peer.server.ask(request));
      return peer;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async close() {
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
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
