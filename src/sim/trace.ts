/**
 * The trace of a run as one number: everything that happens is mixed in, so two runs with the same hash went
 * the same way. Whoever listens hears the same things as text.
 */
import type { Observer } from './operation.js'

export class Trace {
  private low = 0x811c9dc5
  private high = 0x01000193

  /** Called with a line for each thing that happens; undefined costs nothing. */
  listener: ((line: string) => void) | undefined

  mix(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x85ebca6b)
    this.low ^= this.low >>> 15
    this.high = Math.imul(this.high ^ this.low, 0xc2b2ae35)
    this.high ^= this.high >>> 13
  }

  bytes(bytes: Uint8Array): void {
    let hash = bytes.length
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
    this.mix(hash)
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')
    return hex(this.high) + hex(this.low)
  }
}

/** An observer that mixes what it hears into the trace, and passes it on. */
export function tracing(observer: Observer, trace: Trace): Observer {
  return {
    loaded(proc, address, value) {
      trace.mix(address * 256 + value)
      trace.listener?.(`process ${proc} loads ${address}: ${value}`)
      observer.loaded(proc, address, value)
    },
    stored(proc, address, value) {
      trace.mix(address * 256 + value + 0x5bd1e995)
      trace.listener?.(`process ${proc} stores ${address}: ${value}`)
      observer.stored(proc, address, value)
    },
    acquired(proc, lock) {
      trace.mix(lock)
      trace.listener?.(`process ${proc} acquires lock ${lock}`)
      observer.acquired(proc, lock)
    },
    releases(proc, lock) {
      trace.mix(~lock)
      trace.listener?.(`process ${proc} releases lock ${lock}`)
      observer.releases(proc, lock)
    },
    arrives(proc) {
      trace.mix(proc)
      trace.listener?.(`process ${proc} arrives`)
      observer.arrives(proc)
    },
    departs(proc) {
      trace.mix(~proc)
      trace.listener?.(`process ${proc} departs`)
      observer.departs(proc)
    },
    allocated(proc, start, end) {
      trace.mix(start)
      trace.listener?.(`process ${proc} gets bytes ${start} to ${end}`)
      observer.allocated(proc, start, end)
    },
    frees(proc, start, end) {
      trace.mix(~start)
      trace.listener?.(`process ${proc} frees bytes ${start} to ${end}`)
      observer.frees(proc, start, end)
    },
    sends(proc, to, value) {
      trace.mix(to * 256 + value)
      trace.listener?.(`process ${proc} sends process ${to} ${value}`)
      observer.sends?.(proc, to, value)
    },
    receives(proc, from, value) {
      trace.mix(from * 256 + value)
      trace.listener?.(`process ${proc} receives of process ${from} ${value}`)
      observer.receives?.(proc, from, value)
    },
    asks: (proc, lock) => observer.asks?.(proc, lock),
    travelling: (any) => observer.travelling?.(any),
  }
}
