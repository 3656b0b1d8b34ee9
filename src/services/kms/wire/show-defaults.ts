import type { Json } from '../../../std/index.ts'

/** The parameters of a record: those of the request, and these where the request has none. */
export function showDefaults(defaults: { readonly [name: string]: Json }, disclosed: Json): Json {
  return { ...defaults, ...(disclosed as { readonly [name: string]: Json }) }
}
