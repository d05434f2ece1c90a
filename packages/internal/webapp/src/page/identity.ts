/** The identity that was signed last. */
let kept: { customerId: string; token: string; isOver: () => boolean } | undefined

/** Tells the web app's server who is here. @throws (as the promise's rejection) where it cannot be reached */
export async function signIn(customerId: string): Promise<void> {
  const response = await fetch(`/sign-in?customer=${encodeURIComponent(customerId)}`, { method: 'POST' })
  if (!response.ok) throw new Error(`Nobody was signed in: ${response.status}.`)
}

/**
 * Gets the identity of a customer, signed by the web app's server. The tracker asks at each attempt.
 *
 * @returns null for everybody who is not signed in
 * @throws (as the promise's rejection) where the server cannot be reached: the tracker tries again
 */
export async function identityOf(customerId: string): Promise<string | null> {
  if (kept?.customerId === customerId && !kept.isOver()) return kept.token
  const elapsed = stopwatch()
  const response = await fetch(`/identity?customer=${encodeURIComponent(customerId)}`)
  if (response.status === 403) return null
  if (!response.ok) throw new Error(`Nobody signs an identity: ${response.status}.`)
  const { token, seconds } = (await response.json()) as { token: string; seconds: number }
  kept = { customerId, token, isOver: () => elapsed() > seconds * 900 }
  return token
}

/** Measures time by two clocks: one may be set, the other stands still while a device sleeps. */
function stopwatch(): () => number {
  const [at, date] = [performance.now(), Date.now()]
  return () => Math.max(performance.now() - at, Date.now() - date)
}
