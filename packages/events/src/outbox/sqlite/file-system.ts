import { ConfigurationError } from '../../errors/errors.ts'
import type { NodeModules } from './node-modules.ts'

/** File systems of Linux that are known to grant locks that do not hold. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const network: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x01021997: '9p',
  0x5346414f: 'AFS',
}

/** All that runs in user space says the same number: its name says what it is. */
const userSpace = 0x65735546
const lyingInUserSpace =
  /^fuse\.(sshfs|s3fs|s3ql|rclone|gcsfuse|goofys|geesefs|blobfuse2?|mountpoint-s3|davfs|curlftpfs|grpcfuse|osxfs|smbnetfs|juicefs)$/

/** @throws ConfigurationError for a file system whose locks cannot be relied upon */
export function assertLocal({ fs, path: { dirname } }: NodeModules, path: string): void {
  if (process.platform !== 'linux') return
  const directory = dirname(path)
  const type = typeOf(fs, directory)
  if (type === undefined) return
  const name = type === userSpace ? lyingMount(fs, fs.realpathSync(directory)) : network[type]
  if (name === undefined) return
  throw new ConfigurationError(
    `The outbox ${path} is on ${name}, where locks cannot be relied upon, so that two processes could own it at once. Keep it on a local disk, or set allowNetworkFileSystem if you know that only one process ever opens it.`,
  )
}

/** The name of the file system at `directory`, where its locks are known not to hold. */
function lyingMount(fs: NodeModules['fs'], directory: string): string | undefined {
  let found = { point: '', kind: '' }
  for (const line of fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', source = ''] = line.split(' - ')
    const point = (mount.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const holds = directory === point || directory.startsWith(point.endsWith('/') ? point : `${point}/`)
    if (point !== '' && holds && point.length >= found.point.length) found = { point, kind: source.split(' ')[0] ?? '' }
  }
  return lyingInUserSpace.test(found.kind) ? found.kind : undefined
}

/** Undefined where it may not be asked for, as in Deno without --allow-sys. */
function typeOf(fs: NodeModules['fs'], directory: string): number | undefined {
  try {
    return fs.statfsSync(directory).type >>> 0
  } catch {
    return undefined
  }
}
