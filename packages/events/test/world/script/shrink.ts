import type { Result } from '../run.ts'

/** Removes what it can from a script that finds something, as long as it finds the same. */
export async function shrink<S extends { readonly ops: readonly unknown[] }>(
  script: S,
  run: (script: S) => Promise<Result>,
): Promise<S> {
  const promise = promiseOf((await run(script)).finding)
  const finds = async (ops: readonly unknown[]): Promise<boolean> =>
    promiseOf((await run({ ...script, ops })).finding) === promise
  let ops = script.ops
  for (let size = Math.ceil(ops.length / 2), isSmaller = true; size >= 1 && (size > 1 || isSmaller);) {
    isSmaller = false
    for (let at = 0; at < ops.length;) {
      const fewer = [...ops.slice(0, at), ...ops.slice(at + size)]
      if (await finds(fewer)) [ops, isSmaller] = [fewer, true]
      else at += size
    }
    if (size > 1) size = Math.ceil(size / 2)
  }
  return { ...script, ops }
}

function promiseOf(finding: Error | undefined): string | undefined {
  return finding?.message.split(':')[0]
}
