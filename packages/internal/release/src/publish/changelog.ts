/** A changeset as changesets gives it: https://github.com/changesets/changesets/blob/main/docs/modifying-changelog-format.md */
interface NewChangeset {
  summary: string
}

interface UpdatedDependency {
  name: string
  newVersion: string
}

/** A changelog for users: what the changeset says to them, without the hash of a commit before it. */
export const getReleaseLine = ({ summary }: NewChangeset): Promise<string> => {
  const [first = '', ...more] = summary.trim().split('\n')
  return Promise.resolve([`- ${first}`, ...more.map((line) => (line === '' ? '' : `  ${line}`))].join('\n'))
}

/** All packages have one version, so it is enough to say which one goes with which. */
export const getDependencyReleaseLine = (_: unknown, updated: readonly UpdatedDependency[]): Promise<string> =>
  Promise.resolve(updated.map(({ name, newVersion }) => `- Goes with ${name} ${newVersion}.`).join('\n'))

// changesets looks for the two on a default export.
// oxlint-disable-next-line import/no-default-export
export default { getReleaseLine, getDependencyReleaseLine }
