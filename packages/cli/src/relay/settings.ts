import { readFileSync } from 'node:fs'
import { exitCodes, Failure, fileFailure, usage } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'
import { type Flag, flagOf, flags, type RelaySettings, secretVariables, variableOf } from './flags.ts'

/** Bytes that the relay asks of a secret. */
const leastSecretBytes = 32

/** The options as the command line has them. */
export type GivenFlags = Readonly<Record<string, string | readonly string[] | true | undefined>>

/**
 * Reads the options: the command line wins over the environment.
 *
 * @throws Failure that names the flag or the variable, and says what to write
 */
export function settingsFrom(given: GivenFlags, env: NodeJS.ProcessEnv): RelaySettings {
  const read = Object.entries(flags).flatMap(([name, flag]) => {
    const value = valueOf(name, flag, given[name], env[variableOf(name)]?.trim())
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(read) as RelaySettings
}

function valueOf(name: string, flag: Flag, typed: GivenFlags[string], variable: string | undefined): unknown {
  if (typed !== undefined) {
    const texts = typeof typed === 'object' ? typed : [String(typed)]
    return readAll(flag, texts, (why) => usage(`${flagOf(name)}: ${why}`))
  }
  if (variable === undefined || variable === '') return undefined
  return readAll(flag, [variable], (why) => configuration(`${variableOf(name)}: ${why}`))
}

function readAll(flag: Flag, texts: readonly string[], failure: (why: string) => Failure): unknown {
  const pieces = flag.isList ? texts.flatMap((text) => text.split(/[\s,]+/).filter((piece) => piece !== '')) : texts
  try {
    const values = pieces.map((piece) => flag.read(piece))
    return flag.isList ? values : values.at(-1)
  } catch (thrown) {
    throw failure((thrown as Error).message)
  }
}

/** Keys by their labels: the names that people gave them, or else their ends. */
export function keysOf({ key: given = [] }: RelaySettings): Record<string, string> {
  const keys: Record<string, string> = {}
  for (const { label, key } of given) {
    const name = label ?? `…${key.slice(-4)}`
    if (Object.hasOwn(keys, name)) throw configuration(`Two keys have the label ${name}: give each its own, label=key.`)
    keys[name] = key
  }
  return keys
}

export interface IdentitySettings {
  readonly secrets: readonly string[]
  readonly audience: string
  readonly mode?: 'required' | 'anonymous-only'
  readonly anonymousPrefix?: string
}

/** Signed identities, where a secret was given: one a line, so that two can be valid while one is replaced. */
export function identityOf(settings: RelaySettings, env: NodeJS.ProcessEnv): IdentitySettings | undefined {
  const { identitySecretFile: file, identityAudience: audience, identityMode: mode, anonymousPrefix } = settings
  const text = file === undefined ? env[secretVariables.identity] : readSecret(file)
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  const secrets = lines.filter((line) => line !== '')
  if (secrets.length === 0) {
    if (file === undefined && audience === undefined && mode === undefined) return undefined
    throw configuration(
      `Signed identities need their secret: in the variable ${secretVariables.identity}, or in the file of ${flagOf('identitySecretFile')}.`,
    )
  }
  if (audience === undefined) {
    throw configuration(
      `Signed identities need ${flagOf('identityAudience')}: the aud that your server puts into them.`,
    )
  }
  if (secrets.some((secret) => Buffer.byteLength(secret) < leastSecretBytes)) {
    const from = file === undefined ? secretVariables.identity : plain(file)
    throw configuration(
      `${from}: The secret of signed identities must have at least ${leastSecretBytes} bytes; two stand on two lines.`,
    )
  }
  return { secrets, audience, ...(mode && { mode }), ...(anonymousPrefix !== undefined && { anonymousPrefix }) }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw configuration(fileFailure(path, 'read', error).message)
  }
}

export function configuration(message: string): Failure {
  return new Failure(message, exitCodes.configuration, 'configuration')
}
