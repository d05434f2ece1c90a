/** Version in this package's manifest, which a test compares it with. */
export const version = '0.1.0'
