import type { CloudTrailTools } from '../../services/index.ts'

/** The tools of trails of a server whose configuration names no bucket: no bucket exists, so no key is tried. */
export const noDestinations: Pick<CloudTrailTools, 'destinations' | 'keyTrial'> = {
  destinations: { check: () => Promise.resolve('missing') },
  keyTrial: () => Promise.reject(new Error('a trail without a destination has no key')),
}
