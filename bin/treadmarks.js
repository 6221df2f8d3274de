#!/usr/bin/env node
// The `treadmarks` command. All of it is in src/cli, built into dist.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(entry)) {
  const { cli } = await import(entry.href).catch(notLoaded)
  await cli()
} else {
  console.error('treadmarks: it is not built yet: run `npm run build` first')
  process.exitCode = 1
}

/** Loading opens many files at a time, and may fail before anybody could say why. */
async function notLoaded(error) {
  const { errorTable, outOfDescriptors } = await import('../dist/errors.js')
  if (!outOfDescriptors(error)) throw error
  console.error(`treadmarks: it cannot be loaded: ${error.message}`)
  console.error(`  ERR_TM_DESCRIPTORS: ${errorTable.ERR_TM_DESCRIPTORS.remedy}`)
  process.exit(1)
}
