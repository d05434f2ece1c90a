/** For `--import`: the global fetch is not Node's own any more, though it does the same. */
const { fetch } = globalThis
globalThis.fetch = (...request) => fetch(...request)
