/** The little of WebAssembly that the tests use; the types of Node 20 do not have it. */
export interface Memory {
  readonly buffer: SharedArrayBuffer
}
interface Api {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => Memory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly RuntimeError: new () => Error
}
export const wasm = (globalThis as unknown as { WebAssembly: Api }).WebAssembly
