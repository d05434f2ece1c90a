import { resolve } from 'node:path'

export const built = (name: string) => resolve(import.meta.dirname, '../../dist', name)
