import { findRoleName, type Grant, type GrantParty, type Scope } from '../../domain/index.ts'
import { randomBytes, sha256Hex } from '../../std/index.ts'
import { everyPage, mayBePrincipal } from '../../store/index.ts'
import type { SeedGrant } from '../file/grant-entry.ts'
import { remedy } from './reconciler.ts'
import type { SeedWork } from './seed-work.ts'

/** Creates the grants of a seed. The name of a grant in the file identifies it among the grants of its key. */
export class GrantApplier {
  readonly #work: SeedWork

  constructor(work: SeedWork) {
    this.#work = work
  }

  /** For a new key, this ignores all that earlier seeds recorded about a key with the same id. */
  async apply(scope: Scope, keyId: string, seed: SeedGrant, isNewKey: boolean): Promise<void> {
    const { writer, reconciler } = this.#work
    const { at, name } = seed
    const entry = `grant/${scope.region}/${scope.accountId}/${keyId}/${name}`
    const wanted = describe(seed)
    const last = isNewKey ? undefined : await reconciler.findLast(entry)
    const named: Grant[] = []
    for await (const grants of everyPage(1000, page => writer.grants.list(scope, keyId, { name }, page)))
      named.push(...grants)
    if (named.length === 0 && last === undefined) {
      await this.#insert(scope, keyId, seed)
      await reconciler.record({ entry, at, name, wanted })
      return
    }
    // Names need not be unique: prefer the grant that the file wants, then the one that it wanted before.
    const same = named.find(grant => describe(grant) === wanted)
    const seeded = same ?? named.find(grant => sha256Hex(describe(grant)) === last) ?? named[0]
    await reconciler.reconcile({
      entry,
      at,
      name,
      wanted,
      actual: seeded === undefined ? 'gone' : describe(seeded),
      apply: async () => {
        // A grant cannot be changed, so the edited one replaces the one before.
        if (seeded !== undefined) await writer.grants.delete(seeded)
        await this.#insert(scope, keyId, seed)
      },
      conflict:
        'differs from the existing grant with this name, or that grant was deleted; ' +
        `give it a different name, or ${remedy}`,
    })
  }

  async #insert(scope: Scope, keyId: string, seed: SeedGrant): Promise<void> {
    const { writer, now } = this.#work
    const { name, grantee, retiring, operations, constraints } = seed
    await this.#checkParty(seed, grantee)
    if (retiring !== undefined) await this.#checkParty(seed, retiring)
    const { accountId, region } = scope
    const grantId = randomBytes(32).toString('hex')
    const grant: Grant = {
      ...{ accountId, region, keyId, grantId, name, grantee, retiring, operations, constraints },
      issuingAccountId: accountId,
      createdAt: now,
    }
    await writer.grants.insert(grant)
  }

  async #checkParty({ at, name }: SeedGrant, party: GrantParty): Promise<void> {
    if (party.type !== 'principal' || (await mayBePrincipal(this.#work.writer, party.arn))) return
    const kind = findRoleName(party.arn) === undefined ? 'user' : 'role'
    throw at.error(
      `(${name}) names ${party.arn}, and there is no such ${kind}; add it to the account's ${kind}s`,
    )
  }
}

/** The parties, operations and constraints of a grant, as one text to compare and digest. */
function describe({
  grantee,
  retiring,
  operations,
  constraints,
}: Pick<Grant, 'grantee' | 'retiring' | 'operations' | 'constraints'>): string {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints
  const pairs = (context: ReadonlyMap<string, string> | undefined) =>
    context === undefined ? null : [...context].sort(([a], [b]) => (a < b ? -1 : 1))
  const nameOf = (party: GrantParty | undefined) =>
    party === undefined ? null : party.type === 'service' ? party.service : party.arn
  return JSON.stringify([
    nameOf(grantee),
    nameOf(retiring),
    [...operations].sort(),
    pairs(encryptionContextEquals),
    pairs(encryptionContextSubset),
    sourceArn ?? null,
  ])
}
