import type { StarlightUserConfig } from '@astrojs/starlight/types'

type Sidebar = NonNullable<StarlightUserConfig['sidebar']>
type Group = Sidebar[number]

const guides = {
  'Track from your code': ['provider-guide', 'calls', 'waiting', 'shutdown', 'hooks', 'customers', 'vendors'],
  'Lose nothing': ['outages', 'outbox', 'closed-tab', 'own-outbox'],
  'On several machines': [
    'postgres',
    'postgres/schema',
    'postgres/transactions',
    'postgres/operating',
    'postgres/failures',
  ],
  'From browsers': ['web-pages', 'relay', 'relay-identity', 'relay-operating', 'consent'],
  'Run it': ['going-live', 'serverless', 'debugging', 'tracing', 'testing', 'mock-page', 'importing', 'privacy'],
}

const reference = [
  'options',
  'client',
  'narrower-types',
  'run-times',
  'limits',
  'mock',
  'relay',
  'vendors-rules',
  'beside-others',
]

/** Pages in the order in which people need them. @param http the group that the plugin for OpenAPI fills */
export function sidebar(http: Group): Sidebar {
  return [
    { label: 'Begin', items: ['start', 'concepts', 'nothing-arrives'] },
    ...Object.entries(guides).map(([label, names]) => ({ label, items: names.map((name) => `guides/${name}`) })),
    all('Recipes', 'recipes'),
    all('Moving here', 'migrating'),
    all('Errors', 'errors'),
    {
      label: 'Reference',
      collapsed: true,
      items: [
        ...reference.map((name) => `reference/${name}`),
        all('Command line', 'reference/command-line'),
        all('API', 'api'),
        http,
      ],
    },
    all('Upgrading', 'upgrading'),
    all('How it works inside', 'inside'),
  ]
}

function all(label: string, directory: string): Group {
  return { label, collapsed: true, items: [{ autogenerate: { directory } }] }
}
