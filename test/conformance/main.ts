/**
 * `npm run conformance`: tries every property with every protocol and says what is wrong; `--rewrite` puts the table into
 * the page of the documents. Ends with 1 when something is wrong, with 2 for a wrong command line.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Command, type Given, run } from '../../src/lab/command-line.js'
import { properties } from './properties.js'
import { candidates, entries } from './protocols.js'
import { complaint, entryComplaints } from './suite.js'
import { tables, withTable } from './table.js'

const PAGE = 'docs/protocols/conformance.md'

const command: Command = {
  name: 'conformance',
  about: `Tries every property with every protocol, and prints the table of ${PAGE}.`,
  options: { rewrite: { help: `write the table into ${PAGE}; read the diff before you commit it` } },
}

function main(given: Given): number {
  const wrong = [
    ...entryComplaints(Object.keys(candidates), entries, properties),
    ...Object.entries(candidates).flatMap(([name, protocol]) =>
      properties.flatMap((property) => complaint(name, protocol, property, entries[name] ?? {}) ?? []),
    ),
  ]
  for (const line of wrong) console.error(line)
  if (wrong.length > 0) return 1
  if (given.has('rewrite')) writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')))
  else for (const line of tables()) console.log(line)
  return 0
}

await run(command, process.argv.slice(2), main)
