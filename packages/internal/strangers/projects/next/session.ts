export function customerOf(request: Request): string | undefined {
  return request.headers.get('x-session') ?? undefined
}
