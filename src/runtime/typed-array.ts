/** The kinds of typed arrays that the heap can be seen as and that a value can hold, in the order of their tags. */
export const arrayTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

export type TypedArray = InstanceType<(typeof arrayTypes)[number]>

/** A constructor of typed arrays, such as Float64Array. */
export interface ArrayType<T extends TypedArray> {
  readonly name: string
  readonly BYTES_PER_ELEMENT: number
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): T
}
