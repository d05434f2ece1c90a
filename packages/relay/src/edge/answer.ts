/** Makes an answer that says how long it is, so that a server sends it in one piece. */
export function whole(
  text: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const body = new TextEncoder().encode(text)
  return new Response(body, { status, headers: { ...headers, 'content-length': String(body.byteLength) } })
}
