import ts from 'typescript'
import type { Change } from '../spec-check/changes.ts'
import { canonical, nameOf } from './canonical.ts'

/**
 * Compares two reports of one entry point, by what they parse to. What was there and is gone or has another type breaks somebody;
 * so does a new member that everybody has to give. Everything else that is new can be ignored by who does not know of it:
 * also what a class or a constant gains, and a path in the interfaces that openapi-typescript writes, since nobody but us
 * gives one of those.
 */
export function exportChanges(door: string, before: string, after: string): Change[] {
  const [old, young] = [exportsOf(before), exportsOf(after)]
  const gone = [...old.keys()].filter((name) => !young.has(name))
  const added = [...young.keys()].filter((name) => !old.has(name))
  const changes = [
    ...gone.map((name) => major(`${door} no longer exports ${name}`)),
    ...added.map((name) => minor(`${door} exports ${name}`)),
  ]
  for (const [name, nodes] of old) {
    const isGiven = !nodes.some((node) => ts.isClassDeclaration(node) || ts.isVariableDeclaration(node))
    const isOurs = /^(paths|operations|components)$/.test(name)
    changes.push(...compareAll(`${door}: ${name}`, nodes, young.get(name) ?? nodes, isGiven && !isOurs))
  }
  return changes
}

const major = (words: string): Change => ({ impact: 'major', words })
const minor = (words: string): Change => ({ impact: 'minor', words })

/** The declarations of each exported name: a function may have some. */
function exportsOf(report: string): Map<string, ts.Node[]> {
  const code = /```ts\n([\s\S]*?)```/.exec(report)?.[1] ?? ''
  const { statements } = ts.createSourceFile('api.d.ts', code, ts.ScriptTarget.Latest, true)
  return Map.groupBy(statements.flatMap(exportedBy), nameOf)
}

function exportedBy(statement: ts.Statement): readonly ts.Node[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations
  const named = ts.isExportDeclaration(statement) ? statement.exportClause : undefined
  if (named !== undefined && ts.isNamedExports(named)) return named.elements
  return ts.isImportDeclaration(statement) ? [] : [statement]
}

/** Overloads are the same in whatever order. */
function compareAll(where: string, old: readonly ts.Node[], young: readonly ts.Node[], isGiven: boolean): Change[] {
  const gone = old.filter((one) => !young.some((other) => canonical(one) === canonical(other)))
  const added = young.filter((one) => !old.some((other) => canonical(one) === canonical(other)))
  const [before, after] = [gone[0], added[0]]
  if (before !== undefined && after !== undefined && gone.length + added.length === 2) {
    return compare(where, before, after, isGiven)
  }
  return [
    ...gone.map((node) => major(`${where} no longer has ${said(node)}`)),
    ...(gone.length > 0 ? [] : added.map((node) => minor(`${where} has ${said(node)}`))),
  ]
}

function compare(where: string, old: ts.Node | undefined, young: ts.Node | undefined, isGiven: boolean): Change[] {
  const [before, after] = [old, young].map((node) => (node === undefined ? '' : canonical(node)))
  if (before === after) return []
  if (old !== undefined && young !== undefined && headOf(old) === headOf(young)) {
    if (hasMembers(old) && hasMembers(young)) return compareMembers(where, old.members, young.members, isGiven)
    if (isSignature(old) && isSignature(young)) return compareSignatures(where, old, young, isGiven)
    if (holdsType(old) && holdsType(young) && !isNarrowed(old, young, isGiven)) {
      const within = compare(where, old.type, young.type, isGiven)
      return within.length > 0 ? within : [minor(`${where} was ${said(old)}, now ${said(young)}`)]
    }
  }
  return [major(`${where} was ${said(old)}, now ${said(young)}`)]
}

/** Takes something from whoever reads it, or demands something of whoever gives it. */
function isNarrowed(old: Holder, young: Holder, isGiven: boolean): boolean {
  if (isReadonly(young) && !isReadonly(old)) return true
  if (isOptional(young) && !isOptional(old)) return !ts.isParameter(young)
  return isGiven && isOptional(old) && !isOptional(young)
}

function compareMembers(where: string, old: Members, young: Members, isGiven: boolean): Change[] {
  const [before, after] = [old, young].map((members) => Map.groupBy<string, ts.Node>(members, nameOf)) as [
    Map<string, ts.Node[]>,
    Map<string, ts.Node[]>,
  ]
  const changes: Change[] = []
  for (const [name, nodes] of before) {
    const now = after.get(name)
    if (now === undefined) changes.push(...nodes.map((node) => major(`${where} no longer has ${said(node)}`)))
    else changes.push(...compareAll(`${where}.${name}`, nodes, now, isGiven))
  }
  const added = [...after].filter(([name]) => !before.has(name)).flatMap(([, nodes]) => nodes)
  const isDemanded = (node: ts.Node) => isGiven && !isOptional(node)
  return changes.concat(
    added.map((node) =>
      isDemanded(node) ? major(`${where} demands ${said(node)}`) : minor(`${where} has ${said(node)}`),
    ),
  )
}

/** Compares two signatures. The caller gives the parameters; `isGiven` is about the result. */
function compareSignatures(where: string, old: Signature, young: Signature, isGiven: boolean): Change[] {
  const changes: Change[] = []
  for (let at = 0; at < Math.max(old.parameters.length, young.parameters.length); at++) {
    const [before, after] = [old.parameters[at], young.parameters[at]]
    if (after === undefined) changes.push(major(`${where} no longer takes ${said(before)}`))
    else if (before !== undefined) changes.push(...compare(`${where}(${after.name.getText()})`, before, after, true))
    else if (isOptional(after)) changes.push(minor(`${where} takes ${said(after)}`))
    else changes.push(major(`${where} demands ${said(after)}`))
  }
  return changes.concat(compare(`${where}()`, old.type, young.type, isGiven && !ts.isFunctionDeclaration(old)))
}

type Members = readonly (ts.TypeElement | ts.ClassElement)[]
type Signature = ts.SignatureDeclaration
type Holder = ts.Node & { type?: ts.TypeNode; questionToken?: ts.Token<ts.SyntaxKind.QuestionToken> }

function hasMembers(node: ts.Node): node is ts.InterfaceDeclaration | ts.ClassDeclaration | ts.TypeLiteralNode {
  return ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeLiteralNode(node)
}

const isSignature = (node: ts.Node): node is Signature => ts.isFunctionLike(node)

function holdsType(node: ts.Node): node is Holder {
  const isProperty = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)
  return isProperty || ts.isParameter(node) || ts.isTypeAliasDeclaration(node) || ts.isVariableDeclaration(node)
}

/** The head of a declaration, which must be the same before it makes sense to look inside: kind, type parameters, heritage. */
function headOf(node: ts.Node): string {
  const { typeParameters = [], heritageClauses = [] } = node as Partial<ts.InterfaceDeclaration>
  const isRest = ts.isParameter(node) && node.dotDotDotToken !== undefined
  return [node.kind, isRest, ...[...typeParameters, ...heritageClauses].map((part) => canonical(part))].join()
}

function isOptional(node: ts.Node): boolean {
  const { questionToken, dotDotDotToken, initializer } = node as Partial<ts.ParameterDeclaration>
  return questionToken !== undefined || dotDotDotToken !== undefined || initializer !== undefined
}

function isReadonly(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) ?? false
}

/** As it stands in the report, in one line. */
function said(node: ts.Node | undefined): string {
  const code = node?.getText().replaceAll(/\s*\/\/ .*$|\/\*[\s\S]*?\*\//gm, '') ?? 'nothing'
  return code.replaceAll(/\s+/g, ' ').replace(/;$/, '')
}
