import { builtinModules } from 'node:module'
import ts from 'typescript'

/** The packages that code or declarations import: not this machine's own modules, not neighbours. */
export function importedPackages(file: string, text: string): Set<string> {
  const found = new Set<string>()
  const visit = (node: ts.Node, isTried: boolean): void => {
    // What is required in a try block does without, as bundled libraries do.
    const specifier = isTried && ts.isCallExpression(node) ? undefined : specifierOf(node)
    const name = specifier === undefined ? undefined : packageOf(specifier)
    if (name !== undefined) found.add(name)
    ts.forEachChild(node, (child) => visit(child, isTried || (ts.isTryStatement(node) && child === node.tryBlock)))
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest), false)
  return found
}

/** Neighbours that a file imports for nothing but what they do: `import './chunk.js'`. */
export function bareImports(file: string, text: string): string[] {
  // Most files have none, and parsing the largest takes a second.
  if (!/\bimport\s*["']\./.test(text)) return []
  return ts
    .createSourceFile(file, text, ts.ScriptTarget.Latest)
    .statements.filter((statement) => ts.isImportDeclaration(statement) && statement.importClause === undefined)
    .flatMap((statement) => specifierOf(statement) ?? [])
    .filter((specifier) => specifier.startsWith('.'))
}

/** The module that `from '…'`, `import('…')` or `require('…')` names. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
  if (!ts.isCallExpression(node)) return undefined
  const { expression, arguments: given } = node
  const isRequire = ts.isIdentifier(expression) && /^(__)?require\d*$/.test(expression.text)
  return isRequire || expression.kind === ts.SyntaxKind.ImportKeyword ? textOf(given[0]) : undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}

/** The package that an import is of, if it is of one. */
function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|#|node:|bun:|https?:)/.test(specifier) || builtinModules.includes(specifier)) return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
