#!/usr/bin/env node
// The `treadmarks` command. All of it is in src/cli, built into dist.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(entry)) await (await import(entry.href)).cli()
else {
  console.error('treadmarks: it is not built yet: run `npm run build` first')
  process.exitCode = 1
}
