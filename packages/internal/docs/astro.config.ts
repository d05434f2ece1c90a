import { join } from 'node:path'
import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import starlightLlmsTxt from 'starlight-llms-txt'
import starlightOpenAPI, { createOpenAPISidebarGroup } from 'starlight-openapi'
import starlightTypeDoc, { typeDocSidebarGroup } from 'starlight-typedoc'
import { writeEntryPoints } from './site/entry-points.ts'
import { root } from './site/repository.ts'
import { sidebar } from './site/sidebar.ts'
import { writeUpgradePages } from './site/upgrade-pages.ts'

const http = createOpenAPISidebarGroup()
writeUpgradePages()

export default defineConfig({
  site: 'https://obsidianlaunch.github.io',
  base: '/events-typescript',
  trailingSlash: 'always',
  vite: {
    resolve: {
      // The page where you break it has what a bundler of a user finds in the package: its build for browsers.
      alias: {
        '@obsidianlaunch/events/indexeddb': join(root, 'packages', 'events', 'dist', 'indexeddb.js'),
        '@obsidianlaunch/events': join(root, 'packages', 'events', 'dist', 'index.js'),
      },
    },
    server: { fs: { allow: [root] } },
  },
  integrations: [
    starlight({
      title: 'Obsidian Launch events',
      description: 'Identify customers and track events from TypeScript: ordered, retried, and accounted for.',
      social: [{ icon: 'github', label: 'GitHub', href: 'https://github.com/obsidianlaunch/events-typescript' }],
      editLink: {
        baseUrl: 'https://github.com/obsidianlaunch/events-typescript/edit/main/packages/internal/docs/',
      },
      customCss: ['./src/styles/site.css'],
      components: { MarkdownContent: './src/components/MarkdownContent.astro' },
      sidebar: sidebar(typeDocSidebarGroup, http),
      plugins: [
        starlightTypeDoc({
          entryPoints: writeEntryPoints(),
          tsconfig: './tsconfig.api.json',
          sidebar: { label: 'API', collapsed: true },
          typeDoc: { readme: 'none', router: 'module', skipErrorChecking: true, logLevel: 'Error' },
        }),
        starlightOpenAPI([
          {
            base: 'http',
            schema: join(root, 'spec', 'openapi.yaml'),
            sidebar: { label: 'HTTP', collapsed: true, group: http },
          },
        ]),
        starlightLlmsTxt({ exclude: ['upgrading/**', 'inside/**'] }),
      ],
    }),
  ],
})
