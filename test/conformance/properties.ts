/** All properties, in the order of the table. To add one: in the file of its subject; a name is never used twice. */
import { keeps } from './keeps.js'
import { misses } from './misses.js'
import type { Property } from './property.js'
import { reads } from './reads.js'
import { sends } from './sends.js'

export const properties: readonly Property[] = [...reads, ...misses, ...sends, ...keeps]
