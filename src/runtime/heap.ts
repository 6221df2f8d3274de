/**
 * The heap as JavaScript sees it: the buffer of a shared WebAssembly.Memory. That buffer is page aligned, a
 * real SharedArrayBuffer on every Node, and a WebAssembly module can import it. The native part later maps
 * the node's memory over it.
 */
import { TreadMarksError } from '../errors.js'
import { MAX_HEAP_BYTES } from '../limits.js'

const WASM_PAGE_BYTES = 65_536

/** A shared WebAssembly.Memory; Node's types leave the namespace to those of the browser. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer
}
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory
}

/** `bytes` of zeros, reserved and not yet used; it can neither grow nor move. */
export function heapMemory(bytes: number): WasmMemory {
  const pages = bytes / WASM_PAGE_BYTES
  try {
    if (bytes > MAX_HEAP_BYTES) throw new RangeError(`more than ${MAX_HEAP_BYTES} bytes`)
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (cause) {
    throw new TreadMarksError(
      'ERR_TM_HEAP_SIZE',
      `a shared heap of ${bytes} bytes cannot be reserved (a limit on address space, as by ulimit -v, is one cause)`,
      { cause },
    )
  }
}
