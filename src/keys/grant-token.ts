import { invalidGrantToken, type Scope } from '../domain/index.ts'
import { type Hsm, SealBroken } from '../hsm/index.ts'
import { decodeBase64Url } from '../std/index.ts'

/** What a grant token stands for. */
export interface GrantReference extends Scope {
  readonly keyId: string
  readonly grantId: string
}

const secretName = 'grant token'

/** A new token for a grant: sealed, and another each time. Grants work without, since they take effect at once. */
export function makeGrantToken(hsm: Hsm, { accountId, region, keyId, grantId }: GrantReference): string {
  const reference = Buffer.from([accountId, region, keyId, grantId].join('\n'))
  return hsm.wrapSecret(secretName, reference).toString('base64url')
}

/** Throws InvalidGrantTokenException for a text that was not made here for a grant in this region. */
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
