module.exports = {
  testTimeout: 30_000,
  transform: { '\\.js$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!(@obsidianlaunch|openapi-fetch)/)'],
}
