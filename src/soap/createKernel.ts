import type { CheckedSoapOptions } from './options.js';
import { PlainKernel } from './plainKernel.js';
import { WasmKernel } from './wasmKernel.js';
import { isSupported } from './wasmModule.js';

/** The kernel that the options name; with `auto` the fastest that this engine can run. @throws TypeError where it cannot run it */
export function createKernel(options: CheckedSoapOptions): PlainKernel | WasmKernel {
  const name = options.kernel === 'auto' ? fastest() : options.kernel;
  return name === 'plain' ? new PlainKernel(options) : new WasmKernel(options, name);
}

function fastest(): 'wasmRelaxed' | 'wasm' | 'plain' {
  if (isSupported('wasmRelaxed')) return 'wasmRelaxed';
  return isSupported('wasm') ? 'wasm' : 'plain';
}
