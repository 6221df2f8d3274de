/** Small things of SVG that the drawing and its legend share. */

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? '&quot;')

export const round = (n: number): number => Math.round(10 * n) / 10

/** How wide a text is at most in a usual sans-serif font, px; nobody here can measure it. */
export const textWidth = (text: string, size = 11): number => Math.ceil(text.length * size * 0.6)

export const HATCHED = 'clean-or-dirty'

/** Stripes of two colours: one state or the other. */
export const hatching = (one: string, other: string): string =>
  `<pattern id="${HATCHED}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
  `<rect width="6" height="6" fill="${one}"/><rect width="3" height="6" fill="${other}"/></pattern>`
