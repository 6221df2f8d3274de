/** What all benches do beside measuring: tell how far they are, name the machine, and put results between two marks of a page. */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

/** On a terminal one line that changes, else a line each; '' clears it. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
  else if (line !== '') process.stderr.write(`${line}\n`)
}

export const machine = (): string =>
  `${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}`

/** Puts `body` between `<!-- NAME begins -->` and `<!-- NAME ends -->`. Throws when the page has no such place. */
export function putIntoPage(path: string, name: string, body: string): void {
  const [begin, end] = [`<!-- ${name} begins -->`, `<!-- ${name} ends -->`]
  const text = readFileSync(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} has no place for the results, between ${begin} and ${end}`)
  writeFileSync(path, `${text.slice(0, from)}${begin}\n\n${body.trim()}\n\n${text.slice(to)}`)
}
