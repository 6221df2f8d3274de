/** A reporter for node:test: a line for each file, everything about a failure, and `N passed, N failed` at the end. */
import { basename, dirname } from 'node:path'

const isTest = (data) => data.details?.type !== 'suite' && data.file !== undefined && data.name !== data.file

function failure({ name, file, line, details }) {
  const { error } = details
  const cause = error?.cause ?? error
  return `\nFAILED ${file}:${line} ${name}\n${cause?.stack ?? cause?.message ?? String(cause)}\n`
}

export default async function* reporter(source) {
  let passed = 0
  let failed = 0
  let skipped = 0
  let current
  let began = Date.now()
  let inFile = 0
  const closeFile = () => {
    const line = current === undefined ? '' : `${inFile} tests, ${((Date.now() - began) / 1000).toFixed(1)} s\n`
    began = Date.now()
    inFile = 0
    return line
  }
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.file !== undefined && data.file !== current) {
      yield closeFile()
      current = data.file
      yield `${basename(dirname(data.file))}/${basename(data.file)}: `
    }
    if (type === 'test:fail' && (isTest(data) || data.details?.error?.failureType !== 'subtestsFailed')) {
      failed++
      inFile++
      yield failure(data)
    } else if (type === 'test:pass' && isTest(data)) {
      inFile++
      if (data.skip !== undefined) skipped++
      else passed++
    }
  }
  yield closeFile()
  if (failed > 0 || passed === 0) process.exitCode = 1
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
}
