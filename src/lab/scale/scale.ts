/** Larger and larger clusters. */
export function scale(): number {
  return 0
}
