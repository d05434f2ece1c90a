/** The relay as its operator sees it: metrics, health, and a page. For a listener of its own, never the public one. */
export { createAdmin } from './operate/admin.ts'
export type { Admin, AdminOptions } from './operate/admin.ts'
