import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, sep } from 'node:path'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import { packagesOf, root } from '@obsidianlaunch/testkit/workspace'

/** The command that a message ends with. */
export function commandIn(message: string): string {
  return /run: (.*)\n/.exec(message)?.[1] ?? 'false'
}

/** A copy of the workspace in a repository of its own, where tests edit, generate and commit. */
export class Copy {
  readonly folder: string
  readonly #bin: string

  private constructor(folder: string, bin: string) {
    this.folder = folder
    this.#bin = bin
  }

  /** @param paths what is copied of the files that git does not ignore */
  static async of(...paths: string[]): Promise<Copy> {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'versions-')))
    const copy = new Copy(join(home, 'workspace'), join(home, 'bin'))
    // By the repository that the copy is going to be, so that this one may be a download without any.
    await copy.#init()
    const git = `git -C '${root}' --git-dir "$PWD/.git" --work-tree '${root}'`
    const wanted = paths.map((path) => `'${path}'`).join(' ')
    const listed = (await copy.succeed(`${git} ls-files --others --exclude-standard ${wanted}`)).trimEnd().split('\n')
    for (const path of listed) await cp(join(root, path), join(copy.folder, path))
    await linkModules(root, copy.folder)
    await mkdir(copy.#bin)
    // An installation is what the test must not start: scripts run as pnpm would run them.
    const skip = 'while [ "$1" = run ] || [ "$1" = --silent ]; do shift; done'
    const pnpm = `#!/bin/sh\n${skip}\nscript=$1; shift\nexec node --run "$script" -- "$@"\n`
    await writeFile(join(copy.#bin, 'pnpm'), pnpm)
    await chmod(join(copy.#bin, 'pnpm'), 0o755)
    return copy
  }

  /** Makes one with the base branch and, checked out, a branch for an edit of the OpenAPI document. */
  static async onBranch(): Promise<Copy> {
    const settings = ['.changeset', '*.json', 'pnpm-*.yaml']
    const copy = await Copy.of('spec', ...settings, 'packages/internal/release', 'packages/internal/testkit')
    await copy.branch()
    return copy
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  /** Runs a line as it would be pasted into a shell. */
  shell(line: string, folder = ''): Promise<Ended> {
    const PATH = [this.#bin, join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
    // A hook that runs the tests has GIT_DIR set: they would commit to the repository of the hook.
    const ofHooks = Object.keys(process.env).filter((name) => name.startsWith('GIT_'))
    const withoutGit = Object.fromEntries(ofHooks.map((name) => [name, undefined]))
    return run('sh', ['-c', line], { cwd: this.path(folder), env: { ...withoutGit, ...ofTests, PATH } })
  }

  /** The same for what must end well. */
  async succeed(line: string, folder = ''): Promise<string> {
    const { code, stdout, stderr } = await this.shell(line, folder)
    if (code !== 0) throw new Error(`${line} ended with ${code}\n${stdout}\n${stderr}`)
    return stdout
  }

  async #init(): Promise<void> {
    await mkdir(this.folder)
    // It is a link here, which the pattern of .gitignore does not match.
    await this.succeed('git init -q -b main && echo node_modules >> .git/info/exclude')
  }

  /** Commits what was copied as the base branch, and goes on on a branch of its own. */
  async branch(): Promise<void> {
    await this.succeed('git add -A && git commit -qm base && git checkout -qb edit')
  }

  writeDocument(text: string): Promise<void> {
    return writeFile(this.path('spec', 'openapi.yaml'), text)
  }

  /** Gives the published packages another version. */
  async setVersion(version: string): Promise<void> {
    for (const folder of ['client', 'events', 'mock']) {
      const file = this.path('packages', folder, 'package.json')
      const manifest = JSON.parse(await readFile(file, 'utf8')) as object
      await writeFile(file, JSON.stringify({ ...manifest, version }))
    }
  }

  async commit(): Promise<void> {
    await this.succeed('git add -A && git commit -qm edit')
  }

  async remove(): Promise<void> {
    await rm(dirname(this.folder), { recursive: true, force: true })
  }
}

const ofTests = {
  TURBO_TELEMETRY_DISABLED: '1',
  // No signing, no hooks, no templates of whoever runs the tests.
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

/** The installed packages, but those of the workspace are the copied ones. */
async function linkModules(from: string, to: string): Promise<void> {
  await symlink(join(from, 'node_modules'), join(to, 'node_modules'))
  for (const { path } of packagesOf(from)) {
    const folder = join(path, 'node_modules')
    if (!existsSync(join(to, path))) continue
    for (const module of await modulesOf(join(from, folder))) {
      const target = await realpath(join(from, folder, module))
      const within = relative(await realpath(from), target)
      const isOurs = within.startsWith('packages') && !within.includes('node_modules')
      await mkdir(dirname(join(to, folder, module)), { recursive: true })
      await symlink(isOurs ? join(to, within) : target, join(to, folder, module))
    }
  }
}

/** The names in a node_modules, with those inside of scopes. */
async function modulesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const inScopes = names.map(async (name) =>
    name.startsWith('@') ? (await readdir(join(folder, name))).map((inner) => name + sep + inner) : [name],
  )
  return (await Promise.all(inScopes)).flat().filter((name) => !name.startsWith('.vite'))
}
