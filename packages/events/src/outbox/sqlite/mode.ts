import { OutboxError } from '../../errors/errors.ts'
import type { NodeModules } from './node-modules.ts'

const forOthers = 0o077

/**
 * Takes the rights of others away from an outbox that was there before, and from the files beside it. Where a file system
 * knows no rights, nothing changes.
 *
 * @throws OutboxError where that is not for this process to do
 */
export function keepPrivate({ fs }: NodeModules, path: string): void {
  for (const name of ['', '-owner', '-wal', '-shm'].map((end) => path + end)) {
    const found = fs.statSync(name, { throwIfNoEntry: false })
    if (found === undefined || (found.mode & forOthers) === 0) continue
    try {
      fs.chmodSync(name, found.mode & 0o700)
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EPERM') throw thrown
      throw new OutboxError(
        'read-only',
        `The outbox file ${name} belongs to another user, and others than its owner can read it. Give it to the user of this process, and only to them (chown, chmod 600).`,
        thrown,
      )
    }
  }
}
