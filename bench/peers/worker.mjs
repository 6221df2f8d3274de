/**
 * Where a worker of a peer begins: a thread inherits no loader for TypeScript, so it gets one before it runs its
 * program.
 */
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.program)
