import { appendFile, cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scope } from '@obsidianlaunch/release'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import { bun, deno, machine, node } from '@obsidianlaunch/testkit/run-times'
import { packageManager } from '@obsidianlaunch/testkit/workspace'

const pnpm = ['npx', '--prefer-offline', '-y', packageManager]
const yarn = ['npx', '--prefer-offline', '-y', '-p', '@yarnpkg/cli-dist@4.18.1', 'yarn']
const yarn1 = ['npx', '--prefer-offline', '-y', 'yarn@1.22.22']

export type Installer = 'npm' | 'pnpm' | 'yarn' | 'yarn-pnp' | 'yarn-1' | 'bun' | 'deno'

/** Commands by which a package manager installs a project, and starts a program there where that is not `node`. */
const installers: Record<Installer, { install: string[]; start?: string[] }> = {
  npm: { install: ['npm', 'install', '--no-audit', '--no-fund'] },
  pnpm: { install: [...pnpm, 'install', '--no-frozen-lockfile'] },
  yarn: { install: [...yarn, 'install'] },
  'yarn-pnp': { install: [...yarn, 'install'], start: [...yarn, 'node'] },
  'yarn-1': { install: [...yarn1, 'install', '--no-lockfile', '--non-interactive'] },
  bun: { install: [bun ?? 'bun', 'install'] },
  deno: { install: [deno ?? 'deno', 'install'] },
}

export interface Place {
  /** The Node that the package manager and the program run on. */
  node?: string | undefined
  env?: Record<string, string>
}

/** A copy of a project with its dependencies, outside the workspace. */
export class Project {
  readonly folder: string
  readonly #installer: Installer
  readonly #home: string

  constructor(folder: string, installer: Installer, home: string) {
    this.folder = folder
    this.#installer = installer
    this.#home = home
  }

  /** Runs a program in it, as its owner would in a shell. */
  async run([command = '', ...args]: readonly string[], { node: program, env }: Place = {}): Promise<Ended> {
    return run(command, args, { cwd: this.folder, env: { ...this.env({ node: program }), ...env } })
  }

  /** The environment of a process there. */
  env({ node: program }: Pick<Place, 'node'>): Record<string, string | undefined> {
    // `node` is that one, and nothing is of the workspace.
    const PATH = [dirname(program ?? node(26) ?? process.execPath), ...machine].join(delimiter)
    return { ...environment(this.#home), PATH }
  }

  /** The same, where it must end well; gives the output. */
  async succeed(command: readonly string[], place?: Place): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, place)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
    return stdout
  }

  /** Starts one of its files on Node. */
  start(file: string, place?: Place): Promise<Ended> {
    const { start = ['node'] } = installers[this.#installer]
    return this.run([...start, file], place)
  }
}

/** Installs copies of the projects from one registry, with stores and caches that no other run has filled. */
export class Workshop {
  readonly #home: string
  readonly #registry: string
  readonly #made = new Map<string, Promise<Project>>()

  private constructor(home: string, registry: string) {
    this.#home = home
    this.#registry = registry
  }

  static async open(registry: string): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'events-strangers-')), registry)
  }

  get home(): string {
    return this.#home
  }

  /** The copy that this installer has made, or makes now. */
  project(name: string, installer: Installer = 'npm'): Promise<Project> {
    const key = `${name}-${installer}`
    const made = this.#made.get(key) ?? this.#make(name, installer, join(this.#home, key))
    this.#made.set(key, made)
    return made
  }

  async #make(name: string, installer: Installer, folder: string): Promise<Project> {
    const source = fileURLToPath(new URL(`../projects/${name}`, import.meta.url))
    await cp(source, folder, { recursive: true })
    await configure(folder, installer, this.#registry)
    const project = new Project(folder, installer, this.#home)
    await project.succeed(installers[installer].install)
    return project
  }
}

/** Tells each package manager, in its own words, where our scope is, and to take what was published a moment ago. */
async function configure(folder: string, installer: Installer, registry: string): Promise<void> {
  await appendFile(join(folder, '.npmrc'), `${scope}:registry=${registry}\n`)
  if (installer === 'pnpm') await writeFile(join(folder, 'pnpm-workspace.yaml'), 'minimumReleaseAge: 0\n')
  if (!installer.startsWith('yarn') || installer === 'yarn-1') return
  const lines = [
    `nodeLinker: ${installer === 'yarn-pnp' ? 'pnp' : 'node-modules'}`,
    'enableGlobalCache: false',
    'enableTelemetry: false',
    'enableImmutableInstalls: false',
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    `npmScopes: { ${scope.slice(1)}: { npmRegistryServer: "${registry}", npmMinimalAgeGate: 0 } }`,
  ]
  await writeFile(join(folder, '.yarnrc.yml'), `${lines.join('\n')}\n`)
  // Else yarn looks for a project further up.
  await writeFile(join(folder, 'yarn.lock'), '')
}

/** Nothing of this process decides what a stranger does but its network, and nothing is kept for the next run. */
function environment(home: string): Record<string, string | undefined> {
  const ofTheNetwork = /^(HOME|LANG|TMPDIR|SSL_.*|.*CERT.*|.*proxy)$/i
  const others = Object.keys(process.env).filter((name) => !ofTheNetwork.test(name))
  return {
    ...Object.fromEntries(others.map((name) => [name, undefined])),
    CI: 'true',
    NO_COLOR: '1',
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    BUN_INSTALL_CACHE_DIR: join(home, 'bun'),
    DENO_DIR: join(home, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    YARN_CACHE_FOLDER: join(home, 'yarn'),
    YARN_GLOBAL_FOLDER: join(home, 'yarn-global'),
    NEXT_TELEMETRY_DISABLED: '1',
    WRANGLER_SEND_METRICS: 'false',
  }
}
