import { execFileSync } from 'node:child_process'
import { rmSync, statSync, truncateSync } from 'node:fs'
import { OutboxFiles } from './outbox-files.ts'

export const isRoot = process.getuid?.() === 0

/** A small disk of its own, where this machine lets us have one; where CI requires it, every machine has to. */
export class SmallDisk extends OutboxFiles {
  mount(megabytes = 2): boolean {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.directory], { stdio: 'ignore' })
      return true
    } catch (thrown) {
      if (process.env['DISK_KIT'] === 'required') throw thrown
      return false
    }
  }

  remount(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.directory])
  }

  fill(): void {
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${this.path('filler')} bs=1k || true`], { stdio: 'ignore' })
  }

  /** Gives some of the space back that was filled, or all of it. */
  makeRoom(kilobytes?: number): void {
    const filler = this.path('filler')
    if (kilobytes === undefined) rmSync(filler)
    else truncateSync(filler, Math.max(0, statSync(filler).size - 1_024 * kilobytes))
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    const remove = super[Symbol.asyncDispose].bind(this)
    await remove().catch(() => undefined)
    execFileSync('umount', ['-l', this.directory], { stdio: 'ignore' })
    rmSync(this.directory, { recursive: true, force: true })
  }
}
