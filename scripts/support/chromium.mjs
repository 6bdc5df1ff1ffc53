import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** CHROMIUM, or the first browser of that family on PATH; undefined if there is none. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/**
 * A headless browser, spoken to in the DevTools protocol over a pipe: unlike a WebSocket that needs nothing of Node 20.
 *
 * @returns `send(method, params, sessionId)`, which resolves to the answer; `on(listener)` for events; `close()`
 */
export async function launchChromium(executable) {
  const profile = mkdtempSync(join(tmpdir(), 'soapstream-chromium-'));
  const child = spawn(
    executable,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--hide-scrollbars',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , , requests, answers] = child.stdio;
  const waiting = new Map();
  const listeners = new Set();
  let received = '';
  let lastId = 0;
  answers.setEncoding('utf8');
  answers.on('data', (text) => {
    const messages = (received + text).split('\0');
    received = messages.pop();
    for (const message of messages.map((each) => JSON.parse(each))) {
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else if (message.id === undefined) for (const listener of listeners) listener(message);
      else resolve?.(message.result);
    }
  });
  const gone = new Promise((resolve) => {
    child.once('close', resolve);
  });
  child.once('error', failAll).once('close', () => failAll(new Error('the browser has ended')));
  requests.on('error', failAll);

  function failAll(error) {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  return {
    send(method, params = {}, sessionId) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        requests.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      });
    },
    on: (listener) => listeners.add(listener),
    async close() {
      // Asked rather than killed, so that it has left its profile when that is removed.
      requests.write(`${JSON.stringify({ id: ++lastId, method: 'Browser.close' })}\0`);
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
