/** The plate's kernel against a naive program on a whole checkerboard, its blocks, digests and pictures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pictureSize, renderRows } from '../../examples/lib/picture.js'
import { BLACK, blockOf, digest, initialise, type Plate, RED, relax, starts } from '../../examples/lib/sor.js'

/** The same physics on one array, as one would write it first. */
function naive(whole: Float32Array, { rows, cols }: Plate, colour: number): void {
  const at = (row: number, col: number): number => whole[row * cols + col] as number
  for (let row = 1; row < rows - 1; row++) {
    for (let col = 1; col < cols - 1; col++) {
      if (((row + col) & 1) !== colour) continue
      whole[row * cols + col] = 0.25 * (at(row - 1, col) + at(row + 1, col) + at(row, col - 1) + at(row, col + 1))
    }
  }
}

function joined(red: Float32Array, black: Float32Array, { rows, cols }: Plate): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols]
    return ((row + col) % 2 === 0 ? red : black)[row * (cols / 2) + Math.floor(col / 2)] as number
  })
}

const plates = fc.record({
  rows: fc.integer({ min: 3, max: 40 }),
  cols: fc.integer({ min: 2, max: 20 }).map((half) => half * 2),
})

test('half iterations in any number of blocks are the naive ones, bit for bit', () => {
  fc.assert(
    fc.property(plates, fc.integer({ min: 1, max: 9 }), fc.constantFrom(...starts), (plate, blocks, start) => {
      const cells = (plate.rows * plate.cols) / 2
      const [red, black] = [new Float32Array(cells), new Float32Array(cells)]
      for (let id = 0; id < blocks; id++) initialise(red, black, plate, ...blockOf(plate.rows, id, blocks), start)
      const whole = joined(red, black, plate)
      for (let i = 0; i < 5; i++) {
        for (let id = 0; id < blocks; id++) relax(red, black, RED, plate, ...blockOf(plate.rows, id, blocks))
        for (let id = 0; id < blocks; id++) relax(black, red, BLACK, plate, ...blockOf(plate.rows, id, blocks))
        naive(whole, plate, RED)
        naive(whole, plate, BLACK)
      }
      assert.deepEqual(joined(red, black, plate), whole)
    }),
  )
})

test('the edge is 1 and stays 1; the inside starts at 0 where asked', () => {
  const plate = { rows: 5, cols: 6 }
  const [red, black] = [new Float32Array(15), new Float32Array(15)]
  initialise(red, black, plate, 0, 5, 'zero')
  const isEdge = (i: number): boolean => i < 6 || i >= 24 || i % 6 === 0 || i % 6 === 5
  joined(red, black, plate).forEach((value, i) => {
    assert.equal(value, isEdge(i) ? 1 : 0)
  })
  for (let i = 0; i < 2; i++) {
    relax(red, black, RED, plate, 0, 5)
    relax(black, red, BLACK, plate, 0, 5)
  }
  joined(red, black, plate).forEach((value, i) => {
    assert.ok(isEdge(i) ? value === 1 : value > 0 && value < 1)
  })
})

test('the start `nonzero` changes nearly every cell in the first iteration', () => {
  const plate = { rows: 64, cols: 96 }
  const cells = (plate.rows * plate.cols) / 2
  const [red, black] = [new Float32Array(cells), new Float32Array(cells)]
  initialise(red, black, plate, 0, plate.rows, 'nonzero')
  const before = joined(red, black, plate)
  relax(red, black, RED, plate, 0, plate.rows)
  relax(black, red, BLACK, plate, 0, plate.rows)
  const changed = joined(red, black, plate).filter((value, i) => value !== before[i]).length
  assert.ok(changed > 0.99 * (plate.rows - 2) * (plate.cols - 2), `${changed} cells changed`)
})

test('blocks are all rows, in order, none of them twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 256 }), (rows, count) => {
      let next = 0
      for (let id = 0; id < count; id++) {
        const [from, to] = blockOf(rows, id, count)
        assert.equal(from, next)
        assert.ok(to - from <= Math.ceil(rows / count))
        next = to
      }
      assert.equal(next, rows)
    }),
  )
})

test('a digest can go on where another ended, and sees every bit', () => {
  const words = Uint32Array.from({ length: 50 }, (_, i) => Math.imul(i, 0x9e3779b1))
  const all = digest(words, 0, 50)
  assert.equal(digest(words, 20, 50, digest(words, 0, 20)), all)
  words[33] = (words[33] as number) ^ 0x00010000
  assert.notEqual(digest(words, 0, 50), all)
})

test('a picture is at most 768 pixels wide, and a pixel the mean of its cells', () => {
  assert.deepEqual(pictureSize({ rows: 1024, cols: 3072 }), { width: 768, height: 256 })
  assert.deepEqual(pictureSize({ rows: 100, cols: 200 }), { width: 200, height: 100 })
  const plate = { rows: 4, cols: 1536 }
  const [red, black] = [new Float32Array(3072), new Float32Array(3072).fill(1)]
  const pixels = new Uint8Array(768 * 2)
  renderRows(pixels, red, black, plate, 0, 2)
  assert.ok(pixels.every((brightness) => brightness === 128))
  red.fill(1, 1536)
  renderRows(pixels, red, black, plate, 1, 2)
  assert.deepEqual([pixels[0], pixels[767], pixels[768], pixels[1535]], [128, 128, 255, 255])
})
