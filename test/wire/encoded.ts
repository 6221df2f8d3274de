/** Helpers of the wire tests: a message's body, and what a refusal must look like. */
import assert from 'node:assert/strict'
import type { Message } from '../../src/core/messages.js'
import { type ErrorCode, TreadMarksError } from '../../src/errors.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { encode } from '../../src/wire/codec.js'

export function bodyOf(message: Message): Uint8Array {
  const writer = new ByteWriter()
  encode(message, writer)
  return writer.subarray().slice()
}

export function refused(run: () => unknown, message: RegExp = /./, code: ErrorCode = 'ERR_TM_PROTOCOL'): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof TreadMarksError, `not one of ours: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  })
}
