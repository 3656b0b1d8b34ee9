import { type CustomKeyStore, type Origin, ServiceError, validation } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'

interface Wanted {
  readonly Origin?: string | undefined
  readonly CustomKeyStoreId?: string | undefined
  readonly XksKeyId?: string | undefined
  readonly MultiRegion?: boolean | undefined
}

/** The place outside where a new key is to be: a custom key store, and perhaps a key that its proxy knows. */
export interface Place {
  readonly store: CustomKeyStore | undefined
  readonly xksKeyId: string
  /** Whether a key in the store works with the key outside already. */
  readonly isTaken: boolean
  /** How many keys the account has in the Region; 0 for a key in no custom key store. */
  readonly keyCount: number
}

/** Finds the custom key store that a request names, and whether its key outside is in use. It needs no permission of its own. */
export async function onPlace({ input, scope, store }: ResourceQuestion<Wanted>) {
  const { CustomKeyStoreId: id, XksKeyId: xksKeyId = '' } = input
  const wanted = id === undefined ? undefined : await store.customKeyStores.find(scope, id)
  const place: Place = {
    ...{ store: wanted, xksKeyId },
    isTaken: wanted !== undefined && (await store.customKeyStores.hasExternalKey(wanted, xksKeyId)),
    keyCount: wanted === undefined ? 0 : await store.keys.count(scope),
  }
  return { resources: [], found: place }
}

/** The members that belong to each origin in a custom key store. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  AWS_CLOUDHSM: ['CustomKeyStoreId'],
  EXTERNAL_KEY_STORE: ['CustomKeyStoreId', 'XksKeyId'],
}

/**
 * Returns the origin that a request asks for, and checks the members that belong to it (API reference, "CreateKey"; the texts are
 * ours). Throws ValidationException and UnsupportedOperationException.
 */
export function originWith(wanted: Wanted): Origin {
  const { Origin: origin = 'AWS_KMS' } = wanted
  const members = membersOf[origin] ?? []
  for (const name of ['CustomKeyStoreId', 'XksKeyId'] as const) {
    if (members.includes(name) && wanted[name] === undefined)
      throw validation(`${name} is required for Origin ${origin}.`)
    if (!members.includes(name) && wanted[name] !== undefined)
      throw validation(`${name} is not valid for Origin ${origin}.`)
  }
  if (members.length > 0 && wanted.MultiRegion === true)
    throw new ServiceError(
      'UnsupportedOperationException',
      'Multi-Region keys are not supported in custom key stores.',
    )
  return origin as Origin
}
