import type { StarlightUserConfig } from '@astrojs/starlight/types'

type Sidebar = NonNullable<StarlightUserConfig['sidebar']>
type Group = Sidebar[number]

/** Pages in the order in which people need them; `api` and `http` are the groups that the plugins fill. */
export function sidebar(api: Group, http: Group): Sidebar {
  return [
    { label: 'Begin', items: ['start', 'concepts', 'nothing-arrives'] },
    { label: 'Guides', items: [{ autogenerate: { directory: 'guides' } }] },
    { label: 'Recipes', collapsed: true, items: [{ autogenerate: { directory: 'recipes' } }] },
    { label: 'Moving here', collapsed: true, items: [{ autogenerate: { directory: 'migrating' } }] },
    { label: 'Errors', collapsed: true, items: [{ autogenerate: { directory: 'errors' } }] },
    {
      label: 'Reference',
      collapsed: true,
      items: [{ autogenerate: { directory: 'reference' } }, api, ...[http].flat()],
    },
    { label: 'Upgrading', collapsed: true, items: [{ autogenerate: { directory: 'upgrading' } }] },
    { label: 'How it works inside', collapsed: true, items: [{ autogenerate: { directory: 'inside' } }] },
  ]
}
