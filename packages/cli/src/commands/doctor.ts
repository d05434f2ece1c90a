import { Command } from 'commander'
import type { DoctorOptions } from '../doctor/doctor.ts'
import { integerFrom, schemaName } from '../terminal/option-values.ts'
import type { Shell } from '../terminal/shell.ts'

const examples = `
Examples:
  obsidian-events doctor
  obsidian-events doctor --dotenv .env --send
  obsidian-events doctor --outbox events.db
  obsidian-events doctor --json`

const description = `Check everything between your settings and the API, and say what to do about what is wrong.

The API has no request that only asks. So the doctor sends one that it has to refuse, an event with nothing in it, to the \
test environment: first without the token, then with it. Where that proves nothing of the token it says so. --send proves \
it by one event, doctor_test of the customer obsidian-events-doctor, to the environment that is chosen.`

export function doctorCommand(shell: Shell): Command {
  return new Command('doctor')
    .summary('find out what is wrong')
    .description(description)
    .option('--send', 'send one event')
    .option(
      '--outbox [outbox]',
      'look into an outbox too: a file, postgres://user@host/database, or that of DATABASE_URL',
    )
    .option('--schema <name>', 'schema of the database (obsidian_events)', schemaName)
    .option('--timeout <seconds>', 'time for each step', integerFrom(1, 600), 5)
    .addHelpText('after', examples)
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('../doctor/doctor.ts')
      return examine(shell, options)
    })
}
