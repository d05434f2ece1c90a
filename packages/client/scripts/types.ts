import { documentForEditors } from '@obsidianlaunch/testkit/openapi'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'

/** The TypeScript types of the OpenAPI document. */
export async function types(document: URL): Promise<string> {
  const api = (await documentForEditors(document)) as Parameters<typeof openapiTS>[0]
  return astToString(await openapiTS(api, { alphabetize: false, silent: true, transformProperty: asWideAsJson }))
}

/**
 * Widens an optional property to what is sent alike: undefined, which JSON leaves out, and in place of an object of any members
 * one of an interface of the user's, which has no index signature.
 */
function asWideAsJson(property: ts.PropertySignature): ts.PropertySignature | undefined {
  const { factory, SyntaxKind } = ts
  const { modifiers, name, questionToken, type } = property
  if (questionToken === undefined || type === undefined) return undefined
  const given = isOfAnyMembers(type) ? factory.createKeywordTypeNode(SyntaxKind.ObjectKeyword) : type
  const union = factory.createUnionTypeNode([given, factory.createKeywordTypeNode(SyntaxKind.UndefinedKeyword)])
  return factory.updatePropertySignature(property, modifiers, name, questionToken, union)
}

function isOfAnyMembers(type: ts.TypeNode): boolean {
  return ts.isTypeLiteralNode(type) && type.members.every((member) => ts.isIndexSignatureDeclaration(member))
}
