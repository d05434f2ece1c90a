import { spawn } from 'node:child_process'

/** Opens a page in the browser: that of the variable BROWSER, or the one that the system takes. Says what to do if it cannot. */
export function openPage(url: string, env: NodeJS.ProcessEnv, say: (problem: string) => void): void {
  const [program, ...args] = openerOf(env, process.platform)
  let isSaid = false
  const complain = (reason: string) => {
    if (!isSaid) say(`No browser was opened (${reason}): open ${url} yourself`)
    isSaid = true
  }
  const child = spawn(program, [...args, url], { env, stdio: 'ignore', detached: true })
  child.on('error', ({ code }: NodeJS.ErrnoException) =>
    complain(code === 'ENOENT' ? `there is no ${program}` : `${program}: ${code}`),
  )
  child.on('exit', (code) => {
    if (code !== null && code !== 0) complain(`${program} ended with code ${code}`)
  })
  child.unref()
}

/** The command that opens an address, to be followed by it. */
function openerOf({ BROWSER }: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, ...string[]] {
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER]
  if (platform === 'darwin') return ['open']
  // Not `start` of the shell, which takes parts of an address for its own.
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open']
}
