/** @throws what the outbox throws, or that it does not answer within `ms`: whoever asks next asks it again */
export async function inTime<T>(answer: T | PromiseLike<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('The outbox does not answer.')), ms)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
