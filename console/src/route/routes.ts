/**
 * Every page and its place in the address: `#/REGION/` and the template, in which `:name` is one part of the path.
 * A page that is not listed does not exist.
 */
export const routes = {
  keys: 'keys',
  // Before the page of a key: no key has these ids.
  createKey: 'keys/create',
  awsKeys: 'keys/aws',
  deleteKeys: 'keys/delete',
  key: 'keys/:keyId',
  why: 'access/why',
  whoCan: 'access/who',
  users: 'access/users',
  user: 'access/users/:name',
  groups: 'access/groups',
  group: 'access/groups/:name',
  roles: 'access/roles',
  role: 'access/roles/:name',
  policies: 'access/policies',
  policy: 'access/policies/:policyArn',
  useKey: 'keys/:keyId/use',
  events: 'events',
  event: 'events/:eventId',
  // Before the page of a key store: no store has these ids.
  cloudHsmStores: 'keystores/cloudhsm',
  externalStores: 'keystores/external',
  keyStore: 'keystores/:storeId',
  health: 'health',
  endpoints: 'endpoints',
  // Before the page of an endpoint: no endpoint has this id.
  createEndpoint: 'endpoints/create',
  endpoint: 'endpoints/:endpointId',
  organization: 'organization',
} as const

export type PageName = keyof typeof routes
