import { plain } from '../terminal/text.ts'

/**
 * Tells the address of a database from the name of a file. What is only like one, with a slash or the scheme missing, is one
 * too: it may have a password, and would be shown as the name of a file that is not there.
 */
export function isAddress(text: string): boolean {
  const withoutDrive = text.replace(/^[a-z]:(?=[\\/])/i, '')
  return hasScheme(text) || /:[^]*@|\bpassword=/i.test(withoutDrive)
}

/** Tells an address from the id of a customer, which may have a colon and an @. */
export function hasScheme(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|postgres(?:ql)?:)/i.test(text)
}

/** Says what to write in place of an address that cannot be one. The address is not shown: it may have a password. */
export function addressProblem(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    return 'Write the address of a PostgreSQL database: postgres://user@host:5432/database.'
  }
  if (URL.canParse(url) && !isCutShort(new URL(url))) return undefined
  return 'That address cannot be read. In user and password, characters such as @ : / # ? are written as %40 %3A %2F %23 %3F.'
}

/** Tells that a password has ended the host: the rest of it would stand in what is shown. */
function isCutShort({ pathname, search, hash }: URL): boolean {
  return pathname.includes('@') || /^\?[^=]*@/.test(search) || hash.includes('@')
}

/** The address of a database as it may be shown: without its password, and without options, which may have one. */
export function addressOf(url: string): string {
  const { username, host, pathname } = new URL(url)
  return plain(`postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`)
}

export function hasPassword(url: string): boolean {
  const { password, searchParams } = new URL(url)
  return password !== '' || searchParams.has('password')
}

/** Names the `sslmode` that `pg` makes of the weaker ones, which it would warn of in seven lines: it checks the certificate. */
export function withSslMode(url: string): string {
  if (/[?&]uselibpqcompat=true(?=&|#|$)/.test(url)) return url
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|#|$)/, '$1verify-full')
}
