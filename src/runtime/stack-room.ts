/**
 * Whether the stack has room left. Recursion without end runs into the end of the stack anywhere, also inside of a call
 * of ours; were that after its effect, the program would see a RangeError of a call that was done, and a lock, say, would
 * be lost for good. So the room for all that follows is asked for first, in one of two ways.
 */
import { Script } from 'node:vm'
import type { Binding } from './binding.js'

/** V8's limit stands so far above the end of a worker's stack, bytes: Node's kStackBufferSize. */
const BEYOND_LIMIT = 192 * 1024
/** V8 alone takes 40 KiB to compile a function that is called for the first time. */
const ROOM_BYTES = 128 * 1024

/** For whatever a call to the service does before and after. Costs 40 ns. Throws what V8 throws at its limit. */
export function mustHaveRoom(native: Binding): void {
  const left = native.stackLeft()
  if (left > 0 && left < BEYOND_LIMIT + ROOM_BYTES) throw new RangeError('Maximum call stack size exceeded')
}

/**
 * Throws unless `bytes` of the stack are left above V8's limit. Costs a few ns. V8 looks at the limit when it enters a
 * function of JavaScript, and wants room for the whole frame, also when the function is optimized: it might have to go
 * back to the frame of the interpreter. Here the frame is large for the arguments of a call that is never made. It stands
 * there twice, so that the function is too long to be inlined, whereupon its frame would be gone.
 */
function asksFor(bytes: number): () => void {
  const call = `never(${new Array(bytes / 8).fill(1)});`
  const text = `(function stackRoom(never) { if (never) { ${call} ${call} } })`
  return new Script(text, { filename: 'stack-room' }).runInThisContext() as () => void
}

/** For the frames of Api.give and of what it calls, with three times as much to spare. They have been compiled before. */
export const roomToRelease = asksFor(1280)
