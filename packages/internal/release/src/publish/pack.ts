import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { succeed } from '@obsidianlaunch/testkit/run'
import { type Manifest, pnpm, publishedPackages, readManifest, root } from '@obsidianlaunch/testkit/workspace'

/** A packed package, and the folder that it was unpacked into. */
export interface Packed {
  tarball: string
  folder: string
  manifest: Manifest
}

export interface PackOptions {
  /** The folder of the workspace. */
  workspace?: string
  /** Instead of the versions in the manifests, such as one for a test alone. */
  version?: string
}

/** Packs every published package into a folder, exactly as it goes to the registry. */
export async function packAll(into: string, { workspace = root, version }: PackOptions = {}): Promise<Packed[]> {
  const packages = publishedPackages(workspace)
  const names = packages.map(({ manifest }) => manifest.name)
  const packed: Packed[] = []
  for (const { folder } of packages) {
    let one = await unpack(await packByPnpm(folder, into), into)
    if (version !== undefined) one = await withVersion(one, into, version, names)
    packed.push(one)
  }
  return packed
}

/** By pnpm, since npm would leave `workspace:` in the dependencies. */
async function packByPnpm(folder: string, into: string): Promise<string> {
  const destination = join(into, readManifest(folder).name.replace('/', '-'))
  await pnpm(['pack', '--pack-destination', destination], { cwd: folder })
  return onlyTarballIn(destination)
}

async function onlyTarballIn(folder: string): Promise<string> {
  const [name, ...others] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  if (name === undefined || others.length > 0) throw new Error(`There is not one tarball in ${folder}`)
  return join(folder, name)
}

async function unpack(tarball: string, into: string): Promise<Packed> {
  const temporary = `${tarball}.unpacked`
  await mkdir(temporary, { recursive: true })
  await succeed('tar', ['-xzf', tarball, '-C', temporary], { cwd: into })
  const folder = join(temporary, 'package')
  return { tarball, folder, manifest: readManifest(folder) }
}

async function withVersion(packed: Packed, into: string, version: string, ours: string[]): Promise<Packed> {
  const { dependencies = {} } = packed.manifest
  for (const name of ours) if (name in dependencies) dependencies[name] = version
  const manifest = { ...packed.manifest, version, ...(packed.manifest.dependencies && { dependencies }) }
  await writeFile(join(packed.folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { ...packed, manifest, tarball: await repack(packed.folder, into) }
}

/** Makes a tarball of a folder that was unpacked and changed. */
export async function repack(folder: string, into: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into]
  const [made] = Object.values(JSON.parse(await succeed('npm', args, { cwd: folder })) as object) as {
    filename: string
  }[]
  if (made === undefined) throw new Error(`${folder} was not packed`)
  return join(into, made.filename)
}
