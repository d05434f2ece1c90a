import { missing } from './all.ts'

/** Names what is not here in a line each, before the tests begin. */
export function setup(): void {
  for (const { name, how } of missing)
    process.stdout.write(`${name} is not installed, so the suite does not run there: ${how}\n`)
}
