/** The real launcher, whose nodes stand behind doors (node.mjs). */
import { fileURLToPath } from 'node:url'
import { cli } from '../../dist/cli/main.js'

await cli({ nodeMain: fileURLToPath(new URL('node.mjs', import.meta.url)) })
