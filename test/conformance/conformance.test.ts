/** Every protocol has every property, but for those that its entry skips: these it must not have. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { properties } from './properties.js'
import { candidates, entries } from './protocols.js'
import { complaint, entryComplaints } from './suite.js'

test('every protocol has an entry, and every entry is right', () => {
  assert.deepEqual(entryComplaints(Object.keys(candidates), entries, properties), [])
})

for (const [name, protocol] of Object.entries(candidates)) {
  const skips = entries[name] ?? {}
  describe(name, () => {
    for (const property of properties) {
      const why = skips[property.name]
      test(why === undefined ? property.name : `does not have '${property.name}': ${why}`, () => {
        const wrong = complaint(name, protocol, property, skips)
        if (wrong !== undefined) assert.fail(wrong)
      })
    }
  })
}
