/** TSPLIB files: every format of a matrix, distances between places, and what is said about a wrong file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Problem, parseTsplib, readTsplib, TsplibError } from '../../examples/lib/tsplib.js'

const instance = (name: string): Problem =>
  readTsplib(fileURLToPath(new URL(`../../examples/tsplib/${name}`, import.meta.url)))

/** Four cities; the distance between i and j (from 1) is 10 i + j, i the lower number. */
const expected = [0, 12, 13, 14, 12, 0, 23, 24, 13, 23, 0, 34, 14, 24, 34, 0]
const numbersOf: Record<string, string> = {
  FULL_MATRIX: '0 12 13 14\n12 0 23 24\n13 23 0 34\n14 24 34 0',
  UPPER_ROW: '12 13 14\n23 24\n34',
  LOWER_ROW: '12\n13 23\n14 24 34',
  UPPER_DIAG_ROW: '0 12 13 14\n0 23 24\n0 34\n0',
  LOWER_DIAG_ROW: '0\n12 0\n13 23 0\n14 24 34 0',
  UPPER_COL: '12\n13 23\n14 24 34',
  LOWER_COL: '12 13 14\n23 24\n34',
  UPPER_DIAG_COL: '0\n12 0\n13 23 0\n14 24 34 0',
  LOWER_DIAG_COL: '0 12 13 14\n0 23 24\n0 34\n0',
}
const matrixFile = (format: string, numbers: string): string => `NAME: four
TYPE: TSP
DIMENSION: 4
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: ${format}
EDGE_WEIGHT_SECTION
${numbers}
EOF
`
const placesFile = (type: string, places: string, cities = 3): string => `NAME : places
DIMENSION : ${cities}
EDGE_WEIGHT_TYPE : ${type}
NODE_COORD_SECTION
${places}
EOF
`

for (const [format, numbers] of Object.entries(numbersOf)) {
  test(`${format} is read, however its numbers are broken into lines`, () => {
    for (const layout of [numbers, numbers.replaceAll(/\s+/g, ' '), numbers.replaceAll(/\s+/g, '\r\n')]) {
      const { name, cities, distances } = parseTsplib(matrixFile(format, layout))
      assert.deepEqual({ name, cities }, { name: 'four', cities: 4 })
      assert.deepEqual(Array.from(distances), expected)
    }
  })
}

test('keywords may come in any order, with or without a blank before the colon, and EOF may be missing', () => {
  const problem = parseTsplib(
    'EDGE_WEIGHT_SECTION\n1 2 3\nEDGE_WEIGHT_FORMAT : UPPER_ROW\nEDGE_WEIGHT_TYPE:EXPLICIT\nCOMMENT : a: b\nDIMENSION:3',
    'x.tsp',
  )
  assert.deepEqual(Array.from(problem.distances), [0, 1, 2, 1, 0, 3, 2, 3, 0])
  assert.equal(problem.name, 'x.tsp')
})

test('EUC_2D rounds to the nearest, CEIL_2D up', () => {
  const places = '1 0 0\n2 1 1\n3 1.5e1 -2'
  assert.deepEqual(Array.from(parseTsplib(placesFile('EUC_2D', places)).distances), [0, 1, 15, 1, 0, 14, 15, 14, 0])
  assert.deepEqual(Array.from(parseTsplib(placesFile('CEIL_2D', places)).distances), [0, 2, 16, 2, 0, 15, 16, 15, 0])
})

test('GEO takes degrees and minutes', () => {
  // A degree of a great circle is 6378.388 π / 180 = 111.32 km, a minute 1.855 km, and all is rounded up.
  const { distances } = parseTsplib(placesFile('GEO', '1 0.00 0.00\n2 0.00 1.00\n3 0.00 -1.30'))
  assert.deepEqual(Array.from(distances), [0, 112, 167, 112, 0, 279, 167, 279, 0])
})

test('the files that come with the examples: sizes, and lengths of known tours', () => {
  const tours: [string, number, number[]][] = [
    ['gr17.tsp', 2085, [1, 4, 13, 7, 8, 6, 17, 14, 15, 3, 11, 10, 2, 5, 9, 12, 16]],
    ['gr21.tsp', 2707, [1, 7, 8, 6, 16, 5, 9, 3, 2, 21, 15, 14, 13, 18, 10, 17, 19, 20, 11, 4, 12]],
    ['ulysses16.tsp', 6859, [1, 8, 4, 2, 3, 16, 10, 9, 11, 5, 15, 6, 7, 12, 13, 14]],
  ]
  for (const [name, optimum, tour] of tours) {
    const { cities, distances } = instance(name)
    assert.equal(cities, tour.length, name)
    let length = 0
    tour.forEach((city, i) => {
      const next = tour[(i + 1) % cities] as number
      length += distances[(city - 1) * cities + next - 1] as number
    })
    assert.equal(length, optimum, name)
  }
})

const wrong: [what: string, text: string, message: RegExp][] = [
  ['no DIMENSION', 'NAME: x\nEDGE_WEIGHT_TYPE: GEO\n', /^f\.tsp:2: expected 'DIMENSION: …' before the end/],
  ['a DIMENSION that is no number', 'DIMENSION: many\n', /^f\.tsp:1: expected a number, found 'many'/],
  ['too few cities', 'DIMENSION: 2\n', /^f\.tsp:1: expected a DIMENSION of at least 3 cities, found '2'/],
  ['no EDGE_WEIGHT_TYPE', 'DIMENSION: 4\n', /^f\.tsp:1: expected 'EDGE_WEIGHT_TYPE: …'/],
  ['another TYPE', 'TYPE: ATSP\nDIMENSION: 4\n', /^f\.tsp:1: expected TYPE: TSP, found 'ATSP'/],
  [
    'a type of distances that is not supported',
    'DIMENSION: 4\nEDGE_WEIGHT_TYPE: XRAY1\n',
    /^f\.tsp:2: expected an EDGE_WEIGHT_TYPE out of EXPLICIT, EUC_2D, CEIL_2D, GEO, found 'XRAY1'/,
  ],
  ['no format', 'DIMENSION: 4\nEDGE_WEIGHT_TYPE: EXPLICIT\n', /^f\.tsp:2: expected 'EDGE_WEIGHT_FORMAT: …'/],
  ['a format that is not supported', matrixFile('FUNCTION', '1'), /^f\.tsp:5: expected an EDGE_WEIGHT_FORMAT out of /],
  [
    'no matrix',
    'DIMENSION: 4\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: UPPER_ROW\nEOF\n',
    /^f\.tsp:4: expected the section EDGE_WEIGHT_SECTION before the end/,
  ],
  [
    'no places',
    'DIMENSION: 4\nEDGE_WEIGHT_TYPE: GEO\nEOF\n',
    /^f\.tsp:3: expected the section NODE_COORD_SECTION before the end/,
  ],
  [
    'too few numbers',
    matrixFile('UPPER_ROW', '12 13 14\n23 24'),
    /^f\.tsp:8: expected 6 numbers in EDGE_WEIGHT_SECTION \(UPPER_ROW of 4 cities\), found 5/,
  ],
  ['no numbers at all', matrixFile('UPPER_ROW', ''), /^f\.tsp:6: expected 6 numbers .* found 0/],
  ['too many numbers', matrixFile('UPPER_ROW', '12 13 14\n23 24\n34\n7'), /^f\.tsp:10: expected 6 numbers .* found 7/],
  ['an enormous DIMENSION', placesFile('GEO', '1 0 0', 1e12), /^f\.tsp:5: expected 3000000000000 numbers .* found 3/],
  ['a word among the numbers', matrixFile('UPPER_ROW', '12 13 x4'), /^f\.tsp:7: expected a number, found 'x4'/],
  ['a hexadecimal number', matrixFile('UPPER_ROW', '12 13 0x4'), /^f\.tsp:7: expected a number, found '0x4'/],
  [
    'a fraction as a distance',
    matrixFile('UPPER_ROW', '1.5 13 14 23 24 34'),
    /^f\.tsp:7: expected a distance, a whole/,
  ],
  [
    'a negative distance',
    matrixFile('UPPER_ROW', '12 13 14\n-23 24 34'),
    /^f\.tsp:8: expected a distance, .* found -23/,
  ],
  ['distances that overflow', matrixFile('UPPER_ROW', '12 13 14 23 24 2147483647'), /^f\.tsp:4: expected distances /],
  ['places too far apart', placesFile('EUC_2D', '1 0 0\n2 0 1\n3 0 1e300'), /^f\.tsp:3: expected distances /],
  [
    'a matrix that is not symmetric',
    matrixFile('FULL_MATRIX', '0 1 2 3\n1 0 4 5\n2 9 0 6\n3 5 6 0'),
    /^f\.tsp:9: expected the same distance from city 3 to 2 as back, found 9/,
  ],
  [
    'a city twice',
    placesFile('GEO', '1 0 0\n2 0 1\n2 0 2'),
    /^f\.tsp:7: expected the number of a city from 1 to 3, each/,
  ],
  [
    'a city too many',
    placesFile('GEO', '1 0 0\n2 0 1\n4 0 2'),
    /^f\.tsp:7: expected .* from 1 to 3, each once, found 4/,
  ],
  ['a city on two lines', placesFile('GEO', '1 0\n0 2 0 1\n3 0 2'), /^f\.tsp:5: expected number, x and y of one city/],
  [
    'numbers before any section',
    'NAME: x\n1 2 3\n',
    /^f\.tsp:2: expected 'KEYWORD: value' or a section, found '1 2 3'/,
  ],
  ['an unknown section', 'NAME: x\nTOUR_SECTION\n1 2\n', /^f\.tsp:2: expected one of EDGE_WEIGHT_SECTION, /],
  [
    'a section twice',
    matrixFile('UPPER_ROW', '1\nEDGE_WEIGHT_SECTION\n2'),
    /^f\.tsp:8: expected EDGE_WEIGHT_SECTION only/,
  ],
  ['an empty file', '', /^f\.tsp:1: expected 'DIMENSION: …'/],
]
for (const [what, text, message] of wrong) {
  test(`${what}: the error names file, line and what was expected`, () => {
    assert.throws(
      () => parseTsplib(text, 'f.tsp'),
      (error) => {
        assert.ok(error instanceof TsplibError)
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('a missing file is an error that names it', () => {
  assert.throws(() => readTsplib('nowhere/none.tsp'), /^TsplibError: nowhere\/none\.tsp: cannot be read: ENOENT/)
})
