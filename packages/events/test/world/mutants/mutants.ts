export { mutants as delivery } from './delivery.ts'
export { mutants as memory } from './memory.ts'
export { mutants as sqlite } from './sqlite.ts'
export { mutants as wire } from './wire.ts'
