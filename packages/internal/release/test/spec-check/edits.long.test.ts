import { expect, test } from 'vitest'
import { largest } from '../../src/spec-check/bump.ts'
import { changesBetween } from '../../src/spec-check/changes.ts'
import { root } from '@obsidianlaunch/testkit/workspace'
import { bothSides } from './editing.ts'
import { editsOfAnswers } from './edits-of-answers.ts'
import { editsOfRequests } from './edits-of-requests.ts'
import { editsOfTheDocument } from './edits-of-the-document.ts'

const edits = Object.entries({ ...editsOfRequests, ...editsOfAnswers, ...editsOfTheDocument })
const rows = edits.map(([name, edit]) => ({ name, edit, bump: edit.bump ?? 'nothing' }))

test.concurrent.each(rows)('from 1.0 on, $name demands $bump', async ({ edit }) => {
  const changes = await changesBetween(root, ...bothSides(edit))
  expect(largest(changes.map(({ impact }) => impact))).toBe(edit.bump)
  for (const { words } of changes) expect(words).toMatch(/^[^\n`']+$/)
})
