import { arch, cpus, platform, totalmem } from 'node:os'
import { contenders } from './contenders/index.ts'
import { versionOf } from './packages.ts'

/** On what the figures were made, and of what. */
export function description(): string {
  const processor = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const versions = Object.values(contenders).flatMap(({ kind, package: name }) =>
    kind === 'peer' && name !== undefined ? [`${name} ${versionOf(name)}`] : [],
  )
  return [
    `Node ${process.versions.node} (undici ${process.versions['undici']}), ${platform()} ${arch()}, ${processor.length} × ${processor[0]?.model ?? 'unknown processor'}, ${memory} GiB. The server runs on the same machine.`,
    `Peers: ${versions.join(', ')}.`,
    'Medians of several rounds, in which everything is measured in turns; in brackets the least and the most.',
  ].join('\n')
}
