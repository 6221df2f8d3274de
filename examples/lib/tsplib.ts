/**
 * Reads files of TSPLIB, the public collection of travelling-salesman problems: symmetric ones, given as a
 * matrix of distances (EXPLICIT) or as places (EUC_2D, CEIL_2D, GEO). Whatever is wrong with a file is an
 * error that names the file, the line, and what was expected there.
 */
import { readFileSync } from 'node:fs'

export interface Problem {
  readonly name: string
  readonly cities: number
  /** Row by row, `cities` × `cities`, symmetric, zeros on the diagonal. */
  readonly distances: Int32Array
}

export class TsplibError extends Error {
  override name = 'TsplibError'
}

export function readTsplib(file: string): Problem {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TsplibError(`${file}: cannot be read: ${(error as Error).message}`)
  }
  return parseTsplib(text, file)
}

export function parseTsplib(text: string, file = 'input'): Problem {
  return new Reader(text, file).problem()
}

/** In which order the numbers of an explicit matrix come: the cells of row i are columns [from(i), to(i)). */
interface MatrixFormat {
  readonly from: (row: number) => number
  readonly to: (row: number, cities: number) => number
}
const full: MatrixFormat = { from: () => 0, to: (_, cities) => cities }
const upper: MatrixFormat = { from: (row) => row + 1, to: (_, cities) => cities }
const lower: MatrixFormat = { from: () => 0, to: (row) => row }
const upperDiag: MatrixFormat = { from: (row) => row, to: (_, cities) => cities }
const lowerDiag: MatrixFormat = { from: () => 0, to: (row) => row + 1 }
/** The columns of one triangle are the rows of the other, the matrix being symmetric. */
const matrixFormats = new Map<string, MatrixFormat>([
  ['FULL_MATRIX', full],
  ['UPPER_ROW', upper],
  ['LOWER_ROW', lower],
  ['UPPER_DIAG_ROW', upperDiag],
  ['LOWER_DIAG_ROW', lowerDiag],
  ['UPPER_COL', lower],
  ['LOWER_COL', upper],
  ['UPPER_DIAG_COL', lowerDiag],
  ['LOWER_DIAG_COL', upperDiag],
])

interface Place {
  readonly x: number
  readonly y: number
}
const distanceTypes = new Map<string, (a: Place, b: Place) => number>([
  ['EUC_2D', (a, b) => Math.floor(Math.hypot(a.x - b.x, a.y - b.y) + 0.5)],
  ['CEIL_2D', (a, b) => Math.ceil(Math.hypot(a.x - b.x, a.y - b.y))],
  ['GEO', geographical],
])

/** Not Math.PI: the published optima are those of TSPLIB's own value. */
const TSPLIB_PI = Number('3.141592')

/** As TSPLIB has it: degrees.minutes, on a sphere, rounded up. */
function geographical(a: Place, b: Place): number {
  const radians = (angle: number): number => {
    const degrees = Math.trunc(angle)
    return (TSPLIB_PI * (degrees + (5 * (angle - degrees)) / 3)) / 180
  }
  const [latitudeA, latitudeB] = [radians(a.x), radians(b.x)]
  const q1 = Math.cos(radians(a.y) - radians(b.y))
  const q2 = Math.cos(latitudeA - latitudeB)
  const q3 = Math.cos(latitudeA + latitudeB)
  return Math.trunc(6378.388 * Math.acos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3)) + 1)
}

interface NumberAt {
  readonly value: number
  readonly line: number
}
interface Section {
  readonly line: number
  readonly numbers: NumberAt[]
}

/** Sections that say nothing about distances. */
const ignoredSections = ['DISPLAY_DATA_SECTION']
const knownSections = ['EDGE_WEIGHT_SECTION', 'NODE_COORD_SECTION', ...ignoredSections]

class Reader {
  private readonly entries = new Map<string, { value: string; line: number }>()
  private readonly sections = new Map<string, Section>()
  private lastLine = 1

  constructor(
    text: string,
    private readonly file: string,
  ) {
    let section: Section | undefined
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const line = index + 1
      const content = raw.trim()
      if (content === '') continue
      this.lastLine = line
      const keyword = /^([A-Z][A-Z0-9_]*)\s*(?::(.*))?$/.exec(content)
      if (keyword?.[1] === 'EOF') break
      if (keyword?.[1] === undefined) {
        if (section === undefined) this.fail(line, `expected 'KEYWORD: value' or a section, found '${content}'`)
        for (const word of content.split(/\s+/)) section.numbers.push({ value: this.number(word, line), line })
      } else if (keyword[2] !== undefined) {
        this.entries.set(keyword[1], { value: keyword[2].trim(), line })
        section = undefined
      } else {
        if (!knownSections.includes(keyword[1])) {
          this.fail(line, `expected one of ${knownSections.join(', ')} or EOF, found '${content}'`)
        }
        if (this.sections.has(keyword[1])) this.fail(line, `expected ${keyword[1]} only once`)
        section = { line, numbers: [] }
        this.sections.set(keyword[1], section)
      }
    }
  }

  problem(): Problem {
    const type = this.entries.get('TYPE')
    if (type !== undefined && type.value !== 'TSP') this.fail(type.line, `expected TYPE: TSP, found '${type.value}'`)
    const dimension = this.entry('DIMENSION')
    const cities = this.number(dimension.value, dimension.line)
    if (!Number.isSafeInteger(cities) || cities < 3) {
      this.fail(dimension.line, `expected a DIMENSION of at least 3 cities, found '${dimension.value}'`)
    }
    const weights = this.entry('EDGE_WEIGHT_TYPE')
    const distance = distanceTypes.get(weights.value)
    if (weights.value !== 'EXPLICIT' && distance === undefined) {
      const supported = ['EXPLICIT', ...distanceTypes.keys()].join(', ')
      this.fail(weights.line, `expected an EDGE_WEIGHT_TYPE out of ${supported}, found '${weights.value}'`)
    }
    const distances = distance === undefined ? this.matrix(cities) : this.between(this.places(cities), distance)
    // So that the length of any tour, and any lower bound, fits in 32 bits.
    const longest = distances.reduce((a, b) => Math.max(a, b), 0)
    if (longest * cities > 0x3fffffff) this.fail(weights.line, `expected distances a tour can add up, found ${longest}`)
    return { name: this.entries.get('NAME')?.value ?? this.file, cities, distances }
  }

  private matrix(cities: number): Int32Array {
    const entry = this.entry('EDGE_WEIGHT_FORMAT')
    const format = matrixFormats.get(entry.value)
    if (format === undefined) {
      const supported = [...matrixFormats.keys()].join(', ')
      this.fail(entry.line, `expected an EDGE_WEIGHT_FORMAT out of ${supported}, found '${entry.value}'`)
    }
    const triangle = (cities * (cities - 1)) / 2
    const diagonal = format === upperDiag || format === lowerDiag ? cities : 0
    const numbers = this.section(
      'EDGE_WEIGHT_SECTION',
      format === full ? cities * cities : triangle + diagonal,
      `${entry.value} of ${cities} cities`,
    )
    const distances = new Int32Array(cities * cities)
    let next = 0
    for (let row = 0; row < cities; row++) {
      for (let col = format.from(row); col < format.to(row, cities); col++) {
        const { value, line } = numbers[next++] as NumberAt
        if (row === col) continue // some files have a number there, which means nothing
        if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
          this.fail(line, `expected a distance, a whole number, found ${value}`)
        }
        if (format === full && col < row && distances[col * cities + row] !== value) {
          this.fail(line, `expected the same distance from city ${row + 1} to ${col + 1} as back, found ${value}`)
        }
        distances[row * cities + col] = value
        distances[col * cities + row] = value
      }
    }
    return distances
  }

  private places(cities: number): Place[] {
    const numbers = this.section('NODE_COORD_SECTION', 3 * cities, `number, x and y of ${cities} cities`)
    const places: Place[] = new Array<Place>(cities)
    const seen = new Set<number>()
    for (let i = 0; i < numbers.length; i += 3) {
      const [city, x, y] = numbers.slice(i, i + 3) as [NumberAt, NumberAt, NumberAt]
      if (y.line !== city.line) this.fail(city.line, 'expected number, x and y of one city on a line')
      if (!Number.isInteger(city.value) || city.value < 1 || city.value > cities || seen.has(city.value)) {
        this.fail(city.line, `expected the number of a city from 1 to ${cities}, each once, found ${city.value}`)
      }
      seen.add(city.value)
      places[city.value - 1] = { x: x.value, y: y.value }
    }
    return places
  }

  private between(places: Place[], distance: (a: Place, b: Place) => number): Int32Array {
    return Int32Array.from(
      places.flatMap((a, from) => places.map((b, to) => (from === to ? 0 : Math.min(distance(a, b), 0x7fffffff)))),
    )
  }

  private entry(keyword: string): { value: string; line: number } {
    const entry = this.entries.get(keyword)
    if (entry === undefined) this.fail(this.lastLine, `expected '${keyword}: …' before the end, and there is none`)
    return entry
  }

  private section(keyword: string, count: number, what: string): NumberAt[] {
    const section = this.sections.get(keyword)
    if (section === undefined)
      this.fail(this.lastLine, `expected the section ${keyword} before the end, and there is none`)
    const found = section.numbers.length
    if (found !== count) {
      const line = section.numbers[Math.min(found - 1, count)]?.line ?? section.line
      this.fail(line, `expected ${count} numbers in ${keyword} (${what}), found ${found}`)
    }
    return section.numbers
  }

  private number(word: string, line: number): number {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word)) this.fail(line, `expected a number, found '${word}'`)
    return Number(word)
  }

  private fail(line: number, what: string): never {
    throw new TsplibError(`${this.file}:${line}: ${what}`)
  }
}
