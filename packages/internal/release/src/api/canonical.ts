import ts from 'typescript'

/** Names that a declaration gives itself, and what stands for them: a type parameter, a parameter. */
type Names = ReadonlyMap<string, string>

/** A text that two declarations share where they differ only in order, in layout, and in names that no caller writes. */
export function canonical(node: ts.Node, outer: Names = new Map()): string {
  if (ts.isParenthesizedTypeNode(node)) return canonical(node.type, outer)
  if (ts.isIdentifier(node)) return outer.get(node.text) ?? node.text
  if (ts.isStringLiteralLike(node)) return JSON.stringify(node.text)
  const names = namesIn(node, outer)
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  if (children.length === 0) return node.getText()
  const { name } = node as ts.NamedDeclaration
  const written = children.filter((child) => child !== name)
  const ordered = written.filter((child) => !hasFreeOrder(node, child)).map((child) => canonical(child, names))
  const free = written.filter((child) => hasFreeOrder(node, child)).map((child) => canonical(child, names))
  const operator = ts.isTypeOperatorNode(node) ? ts.SyntaxKind[node.operator] : ''
  return `${ts.SyntaxKind[node.kind]}${operator} ${nameOf(node)}(${[...ordered, ...new Set(free.toSorted())].join()})`
}

/** The name that a caller writes. */
export function nameOf(node: ts.Node): string {
  const { name } = node as ts.NamedDeclaration
  if (name === undefined || ts.isParameter(node) || ts.isTypeParameterDeclaration(node)) return ''
  return ts.isStringLiteralLike(name) ? name.text : name.getText()
}

function hasFreeOrder(parent: ts.Node, child: ts.Node): boolean {
  const isList = ts.isUnionTypeNode(parent) || ts.isIntersectionTypeNode(parent) || ts.isHeritageClause(parent)
  return isList || ts.isTypeElement(child) || ts.isClassElement(child)
}

function namesIn(node: ts.Node, outer: Names): Names {
  const { typeParameters = [], parameters = [] } = node as Partial<ts.SignatureDeclaration>
  const own = [...typeParameters, ...parameters].map(({ name }, at) => [name.getText(), `#${outer.size + at}`] as const)
  return own.length === 0 ? outer : new Map([...outer, ...own])
}
