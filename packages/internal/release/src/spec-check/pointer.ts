/** One level of a JSON pointer into the OpenAPI document: a word of OpenAPI, or a name that the OpenAPI document gives. */
export interface Level {
  text: string
  isName: boolean
}

/** The words that are followed by a name, which may be one of these words as well. */
const holders = new Set(
  'paths content headers responses schemas parameters requestBodies securitySchemes pathItems callbacks links examples'
    .split(' ')
    .concat(['properties', 'patternProperties', 'dependentSchemas', '$defs']),
)

export function levelsOf(pointer: string): Level[] {
  let isName = false
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const level = { text: unescaped(part), isName }
      isName = !isName && holders.has(part)
      return level
    })
}

/** RFC 6901, section 4. */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
