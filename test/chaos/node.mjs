/**
 * A real node that is reached through a door of the test's own (doors.ts). It tells the launcher the door's port as
 * its own, so the others dial the door; its real port, and how it fared, it prints for the test alone.
 */
import { writeSync } from 'node:fs'
import '../../dist/runtime/node-main.js'

/** Ports, by node. */
const doors = JSON.parse(process.env.TEST_DOORS ?? '[]')
const say = (what) => writeSync(1, `@${node} ${what}\n`)
const send = process.send.bind(process)
let node

process.on('message', (order) => {
  if (order.type === 'start') node = order.node
})
process.send = (report, ...rest) => {
  if (report.type === 'listening') {
    say(`listens at ${report.port}`)
    return send({ ...report, port: doors[node] }, ...rest)
  }
  if (report.type === 'failed') say(`failed ${report.code}`)
  if (report.type === 'ended') say('ended')
  return send(report, ...rest)
}
