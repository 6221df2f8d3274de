/**
 * `--stats-file`: the counters as JSON. That the file can be written is tried before anything is started, since an hour's
 * run whose numbers cannot be kept is an hour lost. It is written beside its place and renamed into it, so a reader sees the
 * old file or the whole new one. Devices and pipes, which have no beside, are opened at the start and kept: a reader of a
 * pipe takes the first close for the end. A descriptor of our own (/dev/stdout, or `>(…)` of a shell) is used as it is.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { TreadMarksError } from '../errors.js'
import { STATS_MS } from '../limits.js'
import { openOutlet, outletTo } from './outlet.js'
import type { Statistics } from './statistics.js'

export class StatsFile {
  readonly #write: Write

  /** Throws a usage error that names the path when it cannot be written. `patienceMs` is for a reader that does not read. */
  constructor(path: string, patienceMs: number = STATS_MS) {
    try {
      this.#write = writerTo(path, patienceMs)
    } catch (error) {
      throw new TreadMarksError('ERR_TM_USAGE', `--stats-file ${path} cannot be written: ${(error as Error).message}`)
    }
  }

  /** Into a file it is done at once; a pipe or device may take its time. */
  write(statistics: Statistics): Promise<void> | void {
    return this.#write(`${JSON.stringify(statistics, null, 2)}\n`)
  }
}

export type Write = (text: string) => Promise<void> | void

/** How to write a whole text to a path, which is tried now. Throws when it cannot be written. */
export function writerTo(path: string, patienceMs: number): Write {
  const descriptor = ownDescriptor(path)
  if (descriptor !== undefined) {
    // Says what is wrong with one that is closed, or only read.
    writeSync(descriptor, Buffer.alloc(0))
    const isSocket = fstatSync(descriptor).isSocket()
    return (text) => pour(isSocket ? socketOf(descriptor) : openOutlet(descriptor), text, patienceMs)
  }
  const place = target(path)
  const stats = statSync(place, { throwIfNoEntry: false })
  if (stats?.isDirectory()) throw new Error('it is a directory')
  if (stats !== undefined && !stats.isFile()) {
    const descriptor = openDevice(place, stats.isFIFO())
    const outlet = outletTo(descriptor)
    return async (text) => {
      await pour(outlet, text, patienceMs)
      closeSync(descriptor)
    }
  }
  // Trying is the only sure way to know.
  if (stats !== undefined && !writable(dirname(place))) {
    // In a directory where nothing can be made, only the file itself can be changed.
    closeSync(openSync(place, constants.O_WRONLY))
    return (text) => writeFileSync(place, text)
  }
  const beside = `${place}.${process.pid}.tmp`
  writeFileSync(beside, '')
  rmSync(beside)
  return (text) => {
    try {
      writeFileSync(beside, text)
      renameSync(beside, place)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  }
}

/** Without O_NONBLOCK a pipe would wait here for its reader, and at the end for one that does not read. */
function openDevice(place: string, isPipe: boolean): number {
  try {
    return openSync(place, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    if (!isPipe || (error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    throw new Error('it is a pipe that nobody has opened to read')
  }
}

/**
 * It cannot be opened a second time, and a write that waits would hold up our end for ever: so it becomes one that does not
 * wait, for all who share it. The nodes have gone by then.
 */
function socketOf(descriptor: number): Writable {
  return new Socket({ fd: descriptor, readable: false, writable: true }).on('error', () => {})
}

/** Which descriptor of this process a path stands for, by links such as /dev/stdout → /proc/self/fd/1. */
function ownDescriptor(path: string): number | undefined {
  let place = resolve(path)
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      const folder = realpathSync(dirname(place))
      if (folder === `/proc/${process.pid}/fd`) return Number(basename(place))
      place = resolve(folder, readlinkSync(join(folder, basename(place))))
    } catch {
      return undefined
    }
  }
  return undefined
}

/** As many as the kernel follows. */
const MAX_LINKS = 40

/** Where a symbolic link points to: renaming must replace the file, not the link. */
function target(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Less than a pipe holds, bytes: a reader that reads at all takes it in time. */
const PART_BYTES = 16_384

/** Writes all, or fails when nobody has read for a while. */
async function pour(outlet: Writable, text: string, patienceMs: number): Promise<void> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(() => {
        outlet.destroy()
        fail(new Error(`nobody has read for ${patienceMs / 1000} s`))
      }, patienceMs)
      outlet.write(bytes.subarray(at, at + PART_BYTES), (error) => {
        clearTimeout(timer)
        if (error) fail(error)
        else done()
      })
    })
  }
}

function writable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
