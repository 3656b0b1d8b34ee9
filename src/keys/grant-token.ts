import { invalidGrantToken, type Scope } from '../domain/index.ts'
import { type Hsm, SealBroken } from '../hsm/index.ts'
import { decodeBase64Url } from '../std/index.ts'

/** The grant that a grant token stands for. */
export interface GrantReference extends Scope {
  readonly keyId: string
  readonly grantId: string
}

const secretName = 'grant token'

/**
 * Returns a new sealed token for a grant, different each time. A grant works without its token, because it takes effect
 * at once.
 */
export function makeGrantToken(hsm: Hsm, { accountId, region, keyId, grantId }: GrantReference): string {
  const reference = Buffer.from([accountId, region, keyId, grantId].join('\n'))
  return hsm.wrapSecret(secretName, reference).toString('base64url')
}

/**
 * Returns the grant that a token stands for. Throws InvalidGrantTokenException for a text that is not a token of this
 * server for a grant in this Region.
 */
export function openGrantToken(hsm: Hsm, token: string, here: Scope): GrantReference {
  const sealed = decodeBase64Url(token)
  if (sealed === undefined) throw invalidGrantToken('it is not base64url')
  try {
    const [accountId = '', region = '', keyId = '', grantId = ''] = hsm
      .unwrapSecret(secretName, sealed)
      .toString()
      .split('\n')
    if (region !== here.region) throw invalidGrantToken(`it is of region ${region}`)
    return { accountId, region, keyId, grantId }
  } catch (error) {
    if (error instanceof SealBroken) throw invalidGrantToken(error.message)
    throw error
  }
}
