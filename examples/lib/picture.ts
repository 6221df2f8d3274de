/**
 * Temperatures as a picture: each pixel is the mean of a square of cells, and a colour between deep blue
 * (cold, 0) and white (hot, 1).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { PNG } from 'pngjs'
import type { Plate } from './sor.js'

/** Cells a pixel stands for, in each direction, so that a picture is at most 768 pixels wide. */
export const cellsPerPixel = ({ cols }: Plate): number => Math.ceil(cols / 768)

export function pictureSize(plate: Plate): { width: number; height: number } {
  const side = cellsPerPixel(plate)
  return { width: Math.floor(plate.cols / side), height: Math.floor(plate.rows / side) }
}

/** Fills rows [from, to) of a picture with brightnesses from 0 (cold) to 255 (hot). */
export function renderRows(
  pixels: Uint8Array,
  red: Float32Array,
  black: Float32Array,
  plate: Plate,
  from: number,
  to: number,
): void {
  const side = cellsPerPixel(plate)
  const { width } = pictureSize(plate)
  const half = plate.cols >> 1
  for (let y = from; y < to; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let row = y * side; row < (y + 1) * side; row++) {
        for (let col = x * side; col < (x + 1) * side; col++) {
          const colour = ((row + col) & 1) === 0 ? red : black
          sum += colour[row * half + (col >> 1)] as number
        }
      }
      pixels[y * width + x] = Math.max(0, Math.min(255, Math.round((255 * sum) / (side * side))))
    }
  }
}

/** Brightness and colour at it; between two stops, in proportion. */
const stops = [
  { at: 0, colour: [10, 12, 38] },
  { at: 48, colour: [52, 20, 104] },
  { at: 104, colour: [158, 32, 106] },
  { at: 160, colour: [226, 80, 62] },
  { at: 212, colour: [250, 166, 48] },
  { at: 255, colour: [255, 250, 220] },
]

/** Red, green, blue and opacity of each brightness. */
function palette(): Uint8Array {
  const colours = new Uint8Array(256 * 4).fill(255)
  stops.slice(1).forEach(({ at, colour }, i) => {
    const below = stops[i] ?? { at: 0, colour }
    for (let brightness = below.at; brightness <= at; brightness++) {
      const part = (brightness - below.at) / (at - below.at)
      colour.forEach((end, channel) => {
        const begin = below.colour[channel] ?? end
        colours[brightness * 4 + channel] = Math.round(begin + part * (end - begin))
      })
    }
  })
  return colours
}

export function writePng(file: string, pixels: Uint8Array, plate: Plate): void {
  const png = new PNG(pictureSize(plate))
  const colours = palette()
  pixels.forEach((brightness, i) => {
    png.data.set(colours.subarray(brightness * 4, brightness * 4 + 4), i * 4)
  })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, PNG.sync.write(png))
}
