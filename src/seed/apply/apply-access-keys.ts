import type { AccessKey } from '../../domain/index.ts'
import { equalConstantTime, sha256 } from '../../std/index.ts'
import type { SeedAccessKey } from '../file/identity-entry.ts'
import type { SeedWork } from './seed-work.ts'

/** The owner of an access key: the user or the service that is named, or else the root user of the account. */
interface Owner {
  readonly accountId: string
  readonly userName?: string
  readonly service?: string
}

/** Creates the access keys of a seed. */
export class AccessKeyApplier {
  readonly #work: SeedWork

  constructor(work: SeedWork) {
    this.#work = work
  }

  async apply({ accountId, userName, service }: Owner, seed: SeedAccessKey): Promise<void> {
    const { at, accessKeyId, secret, sessionToken, expiresAt } = seed
    const { writer, hsm, now } = this.#work
    const found = await writer.accessKeys.find(accessKeyId)
    const sessionTokenDigest = sessionToken === undefined ? undefined : sha256(sessionToken)
    if (found === undefined) {
      await writer.accessKeys.insert({
        accessKeyId,
        accountId,
        userName,
        service,
        wrappedSecret: hsm.wrapSecret(accessKeyId, Buffer.from(secret)),
        isActive: true,
        createdAt: now,
        sessionTokenDigest,
        expiresAt,
      })
      return
    }
    const isSame =
      found.accountId === accountId &&
      found.userName === userName &&
      found.service === service &&
      found.expiresAt === expiresAt &&
      isSameDigest(found.sessionTokenDigest, sessionTokenDigest) &&
      this.#hasSecret(found, secret)
    if (!isSame) {
      throw at.error(
        `(${accessKeyId}) differs from the existing access key with this id; give it a different id`,
      )
    }
  }

  #hasSecret({ accessKeyId, wrappedSecret }: AccessKey, secret: string): boolean {
    const actual = this.#work.hsm.unwrapSecret(accessKeyId, wrappedSecret)
    const isSame = equalConstantTime(actual, Buffer.from(secret))
    actual.fill(0)
    return isSame
  }
}

function isSameDigest(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return Buffer.compare(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0)) === 0
}
