/**
 * `npm run scenarios`: runs scenario files and says where they print something else than they say, or rewrites
 * them. Ends with 0 when all agree, 1 when one does not, 2 for a wrong command line.
 */
import { type Command, run } from '../command-line.js'
import { checkScenario, rewriteScenario, scenarioFiles } from './suite.js'

const command: Command = {
  name: 'scenarios',
  about: 'Runs scenario files and compares what they print; docs/scenarios.md tells how to read them.',
  options: { rewrite: { help: 'make the files say what they print now; read the diff before you commit it' } },
  rest: '[files or folders; scenarios/ when there are none]',
}

function runAll(files: readonly string[], rewrite: boolean): number {
  let failed = 0
  for (const file of files) {
    let line = rewrite ? `as it was  ${file}` : `ok  ${file}`
    const changed = (): void => {
      line = `rewritten  ${file}`
    }
    const problems = rewrite ? rewriteScenario(file, changed) : checkScenario(file)
    if (problems.length > 0) failed++
    console.log(problems.length > 0 ? problems.join('\n') : line)
  }
  console.log(`${files.length - failed} passed, ${failed} failed`)
  return failed > 0 || files.length === 0 ? 1 : 0
}

await run(command, process.argv.slice(2), (given) =>
  runAll(scenarioFiles(given.rest.length > 0 ? given.rest : ['scenarios']), given.has('rewrite')),
)
