/**
 * Checks sequential consistency in the strict sense that a simulated run allows: all loads and stores happen one after
 * the other, and each load returns the last store to its byte in that order, whoever made it (Lamport 1979 asks for some
 * such order; here it is the real one).
 */
import { Violation } from './violation.js'

export class LastStore {
  private readonly bytes: Uint8Array
  private readonly by: Int32Array

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes)
    this.by = new Int32Array(bytes).fill(-1)
  }

  stored(proc: number, address: number, value: number): void {
    this.bytes[address] = value
    this.by[address] = proc
  }

  loaded(proc: number, address: number, value: number): void {
    const last = this.bytes[address] as number
    if (value === last) return
    const by = this.by[address] as number
    const whose = by < 0 ? 'nobody has stored there yet' : `process ${by} stored ${last} there last`
    throw new Violation('wrong value', `process ${proc} read ${value} from byte ${address}`, [
      `${whose}, and under sequential consistency that is what every load finds`,
    ])
  }
}
