/**
 * Every page and its place in the address: `#/REGION/` and the template, in which `:name` is one part of the path.
 * A page that is not listed does not exist.
 */
export const routes = {
  keys: 'keys',
  // Before the page of a key: no key has this id.
  createKey: 'keys/create',
  key: 'keys/:keyId',
  events: 'events',
  event: 'events/:eventId',
  health: 'health',
} as const

export type PageName = keyof typeof routes
