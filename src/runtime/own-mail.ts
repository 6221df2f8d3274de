/**
 * What a process has sent itself. Nobody else can receive it, so a process that waited for it, or for room in its window,
 * would wait for ever: it must know before. The window is counted as the mailbox counts it (core/mailbox.ts), which hears
 * of what was taken only when that is a good part of the window.
 *
 * The API counts by plain stores when a message has gone or come: to call a function then might fail, at the end of the
 * stack.
 */
import { MAILBOX_BYTES, PARCEL_BYTES } from '../limits.js'

/** What was taken, bytes, when the mailbox tells its sender. */
export const TOLD_BYTES = MAILBOX_BYTES / 4

export class OwnMail {
  /** Messages that are not received. */
  messages = 0
  /** Bytes, with what a message takes beside its own. */
  onWay = 0
  untold = 0

  get isEmpty(): boolean {
    return this.messages === 0
  }

  hasRoomFor(bytes: number): boolean {
    return this.onWay + bytes + PARCEL_BYTES <= MAILBOX_BYTES
  }
}
