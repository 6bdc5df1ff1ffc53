/**
 * Preloaded into a process and its threads (NODE_OPTIONS=--import=…): makes one file operation fail, once. For scripts/faultTest.mjs.
 *
 *   FAULT_FOLDER  operations on paths below it count
 *   FAULT_LOG     file that gets the name of each operation, a line each
 *   FAULT_AT      name of the operation that fails
 *   FAULT_CODE    EIO, ENOSPC, EACCES …
 *
 * An operation's name says what it does to which path for which time: `rename#1 out/rows.arrow`. Numbers of hidden names are left out.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { relative, sep } from 'node:path';
import { constants } from 'node:os';

const { FAULT_FOLDER: folder, FAULT_LOG: log, FAULT_AT: failing, FAULT_CODE: code } = process.env;
const appendLine = fs.appendFileSync;
const exists = fs.existsSync;
const counts = new Map();
const paths = new Map();

/** Counts an operation. @returns the error, where it is the one that fails */
function faultOf(operation, path) {
  if (typeof path !== 'string' || !path.startsWith(folder + sep)) return undefined;
  const what = relative(folder, path).replaceAll(/-\d+-\d+(?=\/|$)/g, '-N');
  const number = (counts.get(`${operation} ${what}`) ?? 0) + 1;
  counts.set(`${operation} ${what}`, number);
  const name = `${operation}#${number} ${what}`;
  if (log) appendLine(log, `${name}\n`);
  // Once in all threads.
  if (name !== failing || exists(`${log}.failed`)) return undefined;
  appendLine(`${log}.failed`, name);
  return Object.assign(new Error(`${code}: made to fail, ${operation} '${path}'`), {
    code,
    errno: -constants.errno[code],
    syscall: operation,
    path,
  });
}

function wrapPromises(target, names) {
  for (const name of names) {
    const original = target[name];
    target[name] = async function (path, ...rest) {
      const fault = faultOf(name, path);
      if (fault) throw fault;
      const result = await original.call(this, path, ...rest);
      return name === 'open' ? wrapHandle(result, path) : result;
    };
  }
}

function wrapHandle(handle, path) {
  for (const name of ['read', 'write', 'writev', 'sync', 'datasync', 'stat', 'close', 'readFile', 'writeFile']) {
    const original = handle[name];
    handle[name] = async (...rest) => {
      const fault = faultOf(name, path);
      if (name === 'close' && fault) await original.apply(handle, rest); // the descriptor is gone all the same
      if (fault) throw fault;
      return original.apply(handle, rest);
    };
  }
  return handle;
}

function wrapSync(names) {
  for (const name of names) {
    const original = fs[`${name}Sync`];
    const wrapped = (path, ...rest) => {
      const fault = faultOf(name, typeof path === 'number' ? paths.get(path) : path);
      if (fault) throw fault;
      const result = original(path, ...rest);
      if (name === 'open') paths.set(result, path);
      return result;
    };
    fs[`${name}Sync`] = Object.assign(wrapped, original);
  }
}

if (folder) {
  const names = [
    'open',
    'readFile',
    'writeFile',
    'rename',
    'mkdir',
    'rm',
    'readdir',
    'stat',
    'lstat',
    'access',
    'unlink',
  ];
  wrapPromises(fs.promises, names);
  wrapSync([
    'open',
    'read',
    'write',
    'close',
    'fsync',
    'readFile',
    'writeFile',
    'rename',
    'mkdir',
    'rm',
    'readdir',
    'stat',
  ]);
  syncBuiltinESMExports();
}
