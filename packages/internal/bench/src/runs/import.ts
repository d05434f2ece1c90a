/** In a process of its own: `import.ts ADDRESS`, or no address for what an empty script takes. */
const [address] = process.argv.slice(2)
if (address !== undefined) await import(address)
