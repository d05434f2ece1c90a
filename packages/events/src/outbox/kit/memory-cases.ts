import { type Case, expectSame, type Trial } from './trial.ts'

/** The share of the time before and after its end at which is looked: a case takes a while, too. */
const margin = 1 / 12

/** Promises about the ids that an outbox remembers, for a time that is known. */
export function memoryCases(remembersMs: number | undefined): Record<string, Case> {
  if (remembersMs === undefined) return {}
  const name = remembersMs % dayMs === 0 ? `${remembersMs / dayMs} days` : `${remembersMs} ms`
  return {
    [`what is remembered for ${name} is so after a crash too, and no longer`]: async (trial) => {
      await trial.append('a:1')
      await trial.delivered(await trial.claimOne())
      await trial.reopen()
      await expectRemembered(trial, remembersMs)
    },

    [`what is remembered for ${name} is so after a death and a replay too, and no longer`]: async (trial) => {
      await trial.append('a:1')
      for (const _ of [1, 2]) {
        await trial.dead(await trial.claimOne())
        await trial.pass(remembersMs)
        const [letter] = await trial.outbox.dead(1)
        expectSame(await trial.outbox.replay([letter?.id ?? '']), 1, 'put back')
      }
      await trial.delivered(await trial.claimOne())
      await expectRemembered(trial, remembersMs)
    },
  }
}

const dayMs = 86_400_000

async function expectRemembered(trial: Trial, remembersMs: number): Promise<void> {
  await trial.pass(remembersMs * (1 - margin))
  expectSame(await trial.append('a:1'), ['done'], 'fate shortly before the end')
  await trial.pass(remembersMs * 2 * margin)
  expectSame(await trial.append('a:1'), ['stored'], 'fate shortly after the end')
}
