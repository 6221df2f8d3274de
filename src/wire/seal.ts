/**
 * The seam through which every frame passes on its way out and in. On loopback nothing is done to it; off
 * loopback AES-256-GCM will stand here, under keys that the handshake yields, and no other file will change.
 */

export interface Seal {
  /**
   * A complete frame, as writeFrame made it, to what goes on the wire: again a frame, header in the clear and
   * MAX_FRAME_BYTES obeyed, so that the splitter works on both.
   */
  seal(frame: Uint8Array): Uint8Array
  /** The reverse; throws ERR_TM_PROTOCOL when the frame was altered, repeated or left out. */
  open(frame: Uint8Array): Uint8Array
}

/** Loopback: the kernel is the only one between the nodes. */
export const plain: Seal = {
  seal: (frame) => frame,
  open: (frame) => frame,
}
