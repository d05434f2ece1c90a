import { expect, test } from 'vitest'
import { evaluate, printed, run, succeed } from '../src/run.ts'

test('a program is told of by its code and by what it printed, however it ended', async () => {
  const program = 'process.stdout.write("out"); process.stderr.write("err"); process.exitCode = 3'
  expect(await evaluate(program)).toEqual({ code: 3, stdout: 'out', stderr: 'err' })
  expect(await evaluate("process.kill(process.pid, 'SIGKILL')")).toEqual({ code: undefined, stdout: '', stderr: '' })
})

test('a program that must end well throws with all that it said', async () => {
  await expect(succeed('sh', ['-c', 'echo out; echo err >&2; exit 3'])).rejects.toThrow(/ended with 3\nout\n\nerr/)
  await expect(printed('console.error("err"); process.exitCode = 1')).rejects.toThrow(/ended with 1\n\nerr/)
  await expect(run('no-such-program', [])).rejects.toThrow('ENOENT')
})

test('a program reads what it is given, and nothing of the keyboard', async () => {
  expect(await succeed('cat', [], { input: 'given' })).toBe('given')
  expect(await succeed('cat', [])).toBe('')
})

test('a program alone has none of this process’s variables, but finds its way', async () => {
  process.env['OF_THIS_PROCESS'] = 'here'
  const look =
    'console.log(JSON.stringify([process.env.OF_THIS_PROCESS, process.env.OWN, process.env.PATH !== undefined]))'
  expect(await printed(look, { env: { OWN: 'own' } })).toEqual(['here', 'own', true])
  expect(await printed(look, { env: { OWN: 'own' }, alone: true })).toEqual([null, 'own', true])
  expect(await printed(look, { env: { OF_THIS_PROCESS: undefined } })).toEqual([null, null, true])
  delete process.env['OF_THIS_PROCESS']
})
