import { Command, Option } from 'commander'
import { usage } from '../terminal/failure.ts'
import { integerFrom } from '../terminal/option-values.ts'
import type { Shell } from '../terminal/shell.ts'

const file = ['<file>', 'the file of the outbox'] as const

/** Commands for the file of an outbox. What they do is in modules that are loaded when needed. */
export function outboxCommand(shell: Shell): Command {
  const outbox = new Command('outbox')
    .summary('look into the file of an outbox, and change it')
    .description(
      'Look into the file in which a tracker keeps its pending events, replay dead letters, erase a customer.',
    )
    .helpCommand(false)
    .addHelpText('after', examplesOf('list events.db', 'dead events.db', 'replay events.db --all'))
  for (const build of [list, dead, replay, forget]) outbox.addCommand(build(shell))
  return outbox
}

function list(shell: Shell): Command {
  return new Command('list')
    .summary('list pending events by customer')
    .description('List the customers with pending events, the oldest event first.')
    .addHelpText('after', examplesOf('list events.db', 'list events.db --limit 100'))
    .argument(...file)
    .option('--limit <n>', 'how many', integerFrom(0, 1_000_000), 20)
    .action(async (path: string, { limit }: { limit: number }) => {
      const { listWaiting } = await import('../outbox/lists.ts')
      return listWaiting(shell, path, limit)
    })
}

function dead(shell: Shell): Command {
  return new Command('dead')
    .summary('list dead letters')
    .addHelpText('after', examplesOf('dead events.db', 'dead events.db --json'))
    .description(
      'List the dead letters, the oldest first: events that the API refused for good or that became too old.',
    )
    .argument(...file)
    .option('--limit <n>', 'how many', integerFrom(0, 1_000_000), 20)
    .action(async (path: string, { limit }: { limit: number }) => {
      const { listDead } = await import('../outbox/lists.ts')
      return listDead(shell, path, limit)
    })
}

function replay(shell: Shell): Command {
  return new Command('replay')
    .summary('make dead letters pending again')
    .addHelpText('after', examplesOf('replay events.db --id 3 --id 4', 'replay events.db --all'))
    .description(
      "Make dead letters pending again, each at the end of its customer's lane. No tracker may have the file open.",
    )
    .argument(...file)
    .addOption(
      new Option('--id <id>', 'one of them; may be repeated').argParser<string[]>((id, before) => [
        ...(before ?? []),
        id,
      ]),
    )
    .option('--all', 'every one')
    .action(async (path: string, { id: ids, all }: { id?: string[]; all?: true }) => {
      if ((ids === undefined) === (all === undefined)) throw usage('replay needs either --id or --all.')
      const { replayDead } = await import('../outbox/changes.ts')
      return replayDead(shell, path, ids)
    })
}

function forget(shell: Shell): Command {
  return new Command('forget')
    .summary('erase a customer')
    .addHelpText('after', examplesOf('forget events.db user123', 'forget events.db user123 --yes'))
    .description('Erase all events of a customer from the file, pending or dead. No tracker may have it open.')
    .argument(...file)
    .argument('<customer>', 'your own id of the customer')
    .option('--yes', 'do not ask')
    .action(async (path: string, customerId: string, { yes }: { yes?: true }) => {
      const { forgetCustomer } = await import('../outbox/changes.ts')
      return forgetCustomer(shell, path, customerId, yes === true)
    })
}

function examplesOf(...lines: string[]): string {
  return ['\nExamples:', ...lines.map((line) => `  obsidian-events outbox ${line}`)].join('\n')
}
