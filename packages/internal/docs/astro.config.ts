import { join } from 'node:path'
import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import starlightLlmsTxt from 'starlight-llms-txt'
import starlightOpenAPI, { createOpenAPISidebarGroup } from 'starlight-openapi'
import starlightTypeDoc from 'starlight-typedoc'
import { writeEntryPoints } from './site/entry-points.ts'
import { fileNames } from './site/file-names.ts'
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
      expressiveCode: { plugins: [fileNames] },
      sidebar: sidebar(http),
      plugins: [
        starlightTypeDoc({
          entryPoints: writeEntryPoints(),
          tsconfig: './tsconfig.api.json',
          typeDoc: {
            name: 'All entry points',
            readme: 'none',
            router: 'module',
            useHTMLAnchors: true,
            skipErrorChecking: true,
            logLevel: 'Error',
          },
        }),
        starlightOpenAPI([
          {
            base: 'http',
            schema: join(root, 'spec', 'openapi.yaml'),
            sidebar: { label: 'HTTP', collapsed: true, group: http },
          },
        ]),
        starlightLlmsTxt({
          exclude: ['api/**', 'http/**', 'upgrading/**', 'inside/**'],
          customSets: [
            { label: 'Begin', paths: ['start', 'concepts', 'nothing-arrives'] },
            { label: 'Guides and recipes', paths: ['guides/**', 'recipes/**', 'migrating/**'] },
            { label: 'Errors', paths: ['errors/**'] },
            { label: 'Options, command line and limits', paths: ['reference/**'] },
            { label: 'API', paths: ['api/**'] },
          ],
        }),
      ],
    }),
  ],
})
