/**
 * The file of a node's recording. Steps collect in memory; `flush` writes them, and the service calls it before a
 * message leaves the node or a call is answered. So what others have heard of a node is in its file, however the
 * process ends: only a machine that goes down can take it along.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { NodeConfig } from '../core/node.js'
import { RecordedNode } from '../core/recorder.js'
import { TreadMarksError } from '../errors.js'
import { MAX_UNWRITTEN_BYTES } from '../limits.js'
import { type RecordingHeader, RecordingWriter } from '../wire/recording.js'

export class RecordingFile {
  private readonly writer: RecordingWriter
  private fd: number | undefined

  constructor(
    private readonly path: string,
    header: RecordingHeader,
  ) {
    this.writer = new RecordingWriter(header, crc32)
    this.attempt(() => {
      this.fd = openSync(path, 'wx')
    })
    this.flush()
  }

  /** The core, whose steps are written here. */
  around(config: NodeConfig): RecordedNode {
    return new RecordedNode(config, crc32, (step) => {
      this.writer.step(step)
      if (this.writer.length > MAX_UNWRITTEN_BYTES) this.flush()
    })
  }

  flush(): void {
    const { fd, writer } = this
    if (fd === undefined || writer.length === 0) return
    this.attempt(() => {
      const bytes = writer.bytes()
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    })
    writer.clear()
  }

  /** With the mark that says that nothing is missing. */
  close(): void {
    this.writer.end()
    this.flush()
    if (this.fd !== undefined) closeSync(this.fd)
    this.fd = undefined
  }

  /** The run is over because of an error, and that is the one to be told. */
  abandon(): void {
    try {
      this.close()
    } catch {
      // What is in the file can be read.
    }
  }

  /** After an error the file is left as it is, and the run ends with that one. */
  private attempt(work: () => void): void {
    try {
      work()
    } catch (cause) {
      this.fd = undefined
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new TreadMarksError('ERR_TM_RECORDING', `the recording ${this.path} cannot be written: ${why}`, { cause })
    }
  }
}
