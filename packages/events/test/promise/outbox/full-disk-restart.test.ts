import { expect, test } from 'vitest'
import { append, drain } from '../../support/outbox-files.ts'
import { hold } from '../../support/other-owner.ts'
import { isRoot, SmallDisk } from '../../support/small-disk.ts'

test.runIf(isRoot)(
  'a process that starts on a full disk delivers what an earlier one has stored there, and stores again once there is space',
  async ({ skip }) => {
    await using disk = new SmallDisk()
    if (!disk.mount(8)) skip('this machine does not let us mount a disk')
    const names = Array.from({ length: 60 }, (_, index) => `${'abc'[index % 3]}:${index}`)
    const killed = await hold(disk.path(), ...names)
    disk.fill()
    await killed.kill()
    const outbox = disk.open()
    expect(await outbox.counts()).toEqual({ pending: 60, dead: 0 })
    const order = await drain(outbox)
    for (const customer of 'abc') {
      const own = (each: readonly string[]) => each.filter((name) => name.startsWith(customer))
      expect(own(order)).toEqual(own(names))
    }
    disk.makeRoom()
    expect(await append(outbox, 'd:1')).toEqual(['stored'])
    await outbox.close()
    expect(await drain(disk.open())).toEqual(['d:1'])
  },
)
