import type { Kysely } from 'kysely'
import type { Authenticator } from '../../../domain/index.ts'
import { DoesNotVerify } from '../../contract/does-not-verify.ts'
import type { Schema } from '../schema.ts'

/** The state of a domain: the number of commits that changed it, and the digest of the set of its entities. */
export interface DomainState {
  readonly commits: number
  readonly digest: Uint8Array
}

const digestSizeBytes = 32

/**
 * The digest of no entities. A digest of a set is the sum of the elements of its MACs modulo 2^256 (MSet-Add-Hash, Clarke et
 * al., "Incremental Multiset Hash Functions", 2003), so that a commit changes it without reading the other entities. With an
 * exclusive or, a MAC that stands in two rows would not show. Two conditions make it safe: nobody outside can compute an
 * element, and the digest is stored sealed.
 */
export const emptyDigest = (): Uint8Array => new Uint8Array(digestSizeBytes)

/** Adds an element to the digest of a set, or a difference of digests to a digest. */
export function addElement(digest: Uint8Array, element: Uint8Array): void {
  let carry = 0
  for (let index = digestSizeBytes - 1; index >= 0; index--) {
    carry += (digest[index] ?? 0) + (element[index] ?? 0)
    digest[index] = carry & 0xff
    carry >>= 8
  }
}

/** Takes an element out of the digest of a set. */
export function removeElement(digest: Uint8Array, element: Uint8Array): void {
  let borrow = 0
  for (let index = digestSizeBytes - 1; index >= 0; index--) {
    borrow += (digest[index] ?? 0) - (element[index] ?? 0)
    digest[index] = borrow & 0xff
    borrow >>= 8
  }
}

/** The stored states of the domains. */
export class DomainStates {
  readonly #db: Kysely<Schema>
  readonly #authenticator: Authenticator

  constructor(db: Kysely<Schema>, authenticator: Authenticator) {
    this.#db = db
    this.#authenticator = authenticator
  }

  /** Returns the state of a domain; undefined if it has none. Throws DoesNotVerify. */
  async find(domain: string): Promise<DomainState | undefined> {
    const row = await this.#db
      .selectFrom('domain_states')
      .select('sealed')
      .where('domain', '=', domain)
      .executeTakeFirst()
    return row && this.#open(domain, row.sealed)
  }

  /** Returns all states by domain. Throws DoesNotVerify. */
  async list(): Promise<Map<string, DomainState>> {
    const rows = await this.#db
      .selectFrom('domain_states')
      .select(['domain', 'sealed'])
      .orderBy('domain')
      .execute()
    return new Map(rows.map(({ domain, sealed }) => [domain, this.#open(domain, sealed)]))
  }

  async put(domain: string, { commits, digest }: DomainState): Promise<void> {
    const content = Buffer.alloc(8 + digestSizeBytes)
    content.writeBigUInt64BE(BigInt(commits))
    content.set(digest, 8)
    const values = { commits, sealed: this.#authenticator.seal(domain, content) }
    await this.#db
      .insertInto('domain_states')
      .values({ domain, ...values })
      .onConflict(conflict => conflict.column('domain').doUpdateSet(values))
      .execute()
  }

  #open(domain: string, sealed: Uint8Array): DomainState {
    const content = this.#authenticator.open(domain, sealed)
    if (content?.length !== 8 + digestSizeBytes) throw new DoesNotVerify(`the state of ${domain}`)
    const commits = Number(Buffer.from(content).readBigUInt64BE())
    return { commits, digest: new Uint8Array(content.subarray(8)) }
  }
}
