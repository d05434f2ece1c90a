/** One reason why a body is not what the API document asks for. */
export interface Violation {
  /** The field, with dots between levels: `email`, `properties.plan`. Empty for the body as a whole. */
  path: string
  /** The JSON Schema keyword that was violated: `required`, `type`, `minLength`, `additionalProperties`. */
  keyword: string
  /** The fault in words: `must be string`. */
  message: string
}

/** A validator as ajv's standalone code makes it: it leaves the errors of its last call on itself. */
export interface Validator {
  (value: unknown): boolean
  errors?: AjvError[] | null
}

interface AjvError {
  instancePath: string
  keyword: string
  message?: string
  params?: { missingProperty?: string; additionalProperty?: string }
}

/** Every reason why the body is not what the generated validator asks for. */
export function violations(validator: Validator, body: unknown): Violation[] {
  return validator(body) ? [] : (validator.errors ?? []).map(violation)
}

function violation({ instancePath, keyword, message = 'is invalid', params = {} }: AjvError): Violation {
  const field = params.missingProperty ?? params.additionalProperty
  const levels = instancePath.split('/').slice(1).map(unescapePointer)
  if (field !== undefined) levels.push(field)
  return { path: levels.join('.'), keyword, message: inWords[keyword] ?? message.replaceAll(',', ' or ') }
}

/** Messages in place of ajv's own, where those do not read well behind the name of a field. */
const inWords: Record<string, string> = {
  required: 'is missing',
  additionalProperties: 'is not a known field',
}

/** RFC 6901, section 4. */
function unescapePointer(level: string): string {
  return level.replaceAll('~1', '/').replaceAll('~0', '~')
}
